// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/whole_file.h"
#include "run/words.h"
#include "vm/image.h"

#define QEMU_PROGRAM "qemu-system-x86_64"

/* What spares time, a lot of it without KVM. Translated code is kept by its address, and addresses
 * at random make qemu translate everything anew for each process: with norandmaps a program starts
 * in 0.4 of the time. */
#define QEMU_KERNEL_LINE                                                                           \
    "console=ttyS0 panic=-1 quiet norandmaps mitigations=off audit=0 random.trust_cpu=on "         \
    "no_timer_check tsc=reliable init_on_alloc=0"
/* What TCG emulates quickly: x86-64-v2. With all that it knows, the kernel copies and clears by
 * string instructions, byte by byte, and saves registers that nobody uses: a quarter more time. */
#define QEMU_TCG_CPU "qemu64,+cx16,+popcnt,+ssse3,+sse4.1,+sse4.2,+rdrand"

/* As much as a file may take without KVM (guest/run.sh); a longer limit that was asked for counts.
 */
#define QEMU_GUEST_LIMIT_S 900

/* ---- the accelerator ---- */

/* A file in the cache, for this boot of the host. */
static int qemu_distrust_path(const struct vm_context *context, char **out)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    char boot[64] = "";

    if (file && fgets(boot, sizeof(boot), file))
        boot[strcspn(boot, "\n")] = '\0';
    return text_format(out, "%s/no-kvm-%s", context->cache, boot);
}

const char *qemu_accelerator(const struct vm_context *context)
{
    _cleanup_free_ char *path = NULL;

    if (access("/dev/kvm", R_OK | W_OK) < 0 || qemu_distrust_path(context, &path) < 0)
        return "tcg";
    return access(path, F_OK) < 0 ? "kvm" : "tcg";
}

static int qemu_write_why(FILE *file, const void *data)
{
    fprintf(file, "%s\n", (const char *)data);
    return 0;
}

void qemu_distrust_kvm(const struct vm_context *context, const char *why)
{
    _cleanup_free_ char *path = NULL;

    if (qemu_distrust_path(context, &path) == 0)
        whole_file_write(path, qemu_write_why, why);
}

/* ---- the command line ---- */

static const char *qemu_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

/* "a,b", the probes that may be missing; the caller frees it. */
static int qemu_missing(const struct prepared *kernel, char **out)
{
    const json_t *missing = json_object_get(kernel->kernel, "missing"), *probe;
    size_t i, size;
    FILE *text = open_memstream(out, &size);

    if (!text)
        return err_r(ENOMEM, "cannot start a machine");
    json_array_foreach (missing, i, probe)
        fprintf(text, "%s%s", i > 0 ? "," : " WAYPOST_MAY_BE_MISSING=", json_string_value(probe));
    return fclose(text) < 0 ? err_r(ENOMEM, "cannot start a machine") : 0;
}

static int qemu_kernel_line(const struct qemu_machine *machine, struct strings *out)
{
    _cleanup_free_ char *missing = NULL;
    int asked = atoi(qemu_environment("WAYPOST_TIME_LIMIT", "0"));
    char limit[64] = "";
    int r = qemu_missing(machine->kernel, &missing);

    if (r < 0)
        return r;
    if (asked > QEMU_GUEST_LIMIT_S)
        snprintf(limit, sizeof(limit), " WAYPOST_TIME_LIMIT=%d", asked);
    return words_add(out, QEMU_KERNEL_LINE " WAYPOST_ACCELERATOR=%s%s%s%s%s", machine->accelerator,
                     missing, limit, machine->append ? " " : "",
                     machine->append ? machine->append : "");
}

static int qemu_add_machine(const struct qemu_machine *machine, struct strings *out)
{
    bool kvm = strcmp(machine->accelerator, "kvm") == 0;
    const char *const words[] = {qemu_environment("WAYPOST_QEMU", QEMU_PROGRAM),
                                 "-machine",
                                 "q35",
                                 "-accel",
                                 kvm ? "kvm" : "tcg,thread=multi",
                                 "-cpu",
                                 kvm ? "host" : QEMU_TCG_CPU,
                                 "-smp",
                                 "2",
                                 "-nodefaults",
                                 "-no-user-config",
                                 "-display",
                                 "none",
                                 "-no-reboot",
                                 "-m",
                                 NULL};
    int r = words_add_all(out, words);

    return r < 0 ? r : words_add(out, "%ld", machine->kernel->memory_mib);
}

static int qemu_add_kernel(const struct qemu_machine *machine, struct strings *out)
{
    const char *const words[] = {
        "-kernel", machine->kernel->image, "-initrd", machine->kernel->initramfs, "-append", NULL};
    int r = words_add_all(out, words);

    return r < 0 ? r : qemu_kernel_line(machine, out);
}

/* An option, and its value in two halves. */
typedef const char *qemu_option[3];

static int qemu_add_options(const qemu_option *options, size_t n, struct strings *out)
{
    for (size_t i = 0; i < n; i++) {
        int r = words_add(out, "%s", options[i][0]);

        if (r < 0)
            return r;
        r = words_add(out, "%s%s", options[i][1], options[i][2]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The two serial ports, and the ports of the virtio-serial device, which comes first on its bus:
 * they are named after its number. */
static int qemu_add_channels(const struct qemu_machine *machine, struct strings *out)
{
    char output[16], live[16];
    const qemu_option options[] = {{"-chardev", "file,id=status,append=on,path=/dev/fd/", "1"},
                                   {"-chardev", "file,id=output,append=on,path=/dev/fd/", output},
                                   {"-chardev", "file,id=live,append=on,path=/dev/fd/", live},
                                   {"-serial", "chardev:", "console"},
                                   {"-serial", "chardev:", "status"},
                                   {"-device", "virtio-serial-pci", ""},
                                   {"-device", "virtserialport,nr=1,chardev=", "output"},
                                   {"-device", "virtserialport,nr=2,chardev=", "files"},
                                   {"-device", "virtserialport,nr=3,chardev=", "live"}};
    int r = words_add(out, "-chardev");

    if (r < 0)
        return r;
    r = words_add(out, "file,id=console,path=%s/" QEMU_CONSOLE, machine->kernel->dir);
    if (r < 0)
        return r;
    r = words_add(out, "-chardev");
    if (r < 0)
        return r;
    r = words_add(out, "file,id=files,path=%s/" QEMU_FILES, machine->kernel->dir);
    if (r < 0)
        return r;
    snprintf(output, sizeof(output), "%d", machine->output_fd);
    snprintf(live, sizeof(live), "%d", machine->live_fd);
    return qemu_add_options(options, ARRAY_SIZE(options), out);
}

/* Read-only: nothing of the host's can be written. */
static int qemu_add_disks(const struct vm_context *context, const struct qemu_machine *machine,
                          struct strings *out)
{
    _cleanup_free_ char *root = NULL;
    int r = image_root_path(context, &root);
    const qemu_option options[] = {
        {"-drive", "format=raw,if=none,id=root,readonly=on,file=", root},
        {"-device", "virtio-blk-pci,drive=", "root"},
        {"-drive", "format=raw,if=none,id=work,readonly=on,file=", machine->kernel->work},
        {"-device", "virtio-blk-pci,drive=", "work"}};

    return r < 0 ? r : qemu_add_options(options, ARRAY_SIZE(options), out);
}

int qemu_line(const struct vm_context *context, const struct qemu_machine *machine,
              struct strings *out)
{
    int r = qemu_add_machine(machine, out);

    if (r < 0)
        return r;
    r = qemu_add_kernel(machine, out);
    if (r < 0)
        return r;
    r = qemu_add_channels(machine, out);
    return r < 0 ? r : qemu_add_disks(context, machine, out);
}
