// SPDX-License-Identifier: Apache-2.0
#include "vm/image_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/process.h"
#include "run/words.h"
#include "vm/copy.h"

#define IMAGE_LDD_MAX      (1 << 20)
#define IMAGE_LDD_LIMIT_MS 120000

/* Commands that the suites, bats and run.sh call. A test that needs one more names it here. */
static const char image_commands[] =
    "[ awk basename bash bats bpftool cat chmod chown cmp comm cp curl cut date dd df diff dirname "
    "dmesg dnsmasq echo env ethtool expr false find flock free getent grep gzip head hostname id "
    "install ip jq kill ln ls mkdir mkfifo mknod mktemp mount mv nl nproc nsenter od paste pgrep "
    "prlimit printf ps pwd readlink realpath rm rmdir sed seq setpriv setsid sh sha256sum shuf "
    "sleep socat sort split ss stat stty sync sysctl tac tail tar taskset tc tee test timeout "
    "touch "
    "tput tr true truncate umount uname uniq unshare wc whoami xargs xxd zstd";

/* Files and directories besides, where they are there. */
static const char *const image_others[] = {"/usr/lib/bats-core", "/usr/libexec/bats-core",
                                           "/usr/lib/bats",      "/usr/lib/locale/C.utf8",
                                           "/etc/passwd",        "/etc/group",
                                           "/etc/hostname",      "/etc/hosts",
                                           "/etc/nsswitch.conf", "/etc/protocols",
                                           "/etc/services",      "/lib/terminfo/d/dumb"};

static int image_files_add(const char *path, void *data)
{
    struct strings *files = data;

    if (strings_have(files, path))
        return 0;
    return strings_add(files, path) < 0 ? err_r(ENOMEM, "cannot list the files of a machine") : 0;
}

static int image_files_add_commands(struct strings *files)
{
    _cleanup_free_ char *commands = strdup(image_commands);
    char *rest = commands, *name;

    if (!commands)
        return err_r(ENOMEM, "cannot list the files of a machine");
    while ((name = strsep(&rest, " "))) {
        _cleanup_free_ char *path = copy_which(name);
        int r = path ? image_files_add(path, files) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- libraries ---- */

/* Of "  libc.so.6 => /lib/libc.so.6 (0x7f…)" and "  /lib64/ld-linux.so.2 (0x7f…)" the path. */
static char *image_files_library(char *line)
{
    char *path = strchr(line, '/'), *end;

    if (!path || line[strlen(line) - 1] == ':')
        return NULL;
    end = strstr(path, " (");
    if (!end)
        return NULL;
    *end = '\0';
    return path;
}

static int image_files_run_ldd(const struct site *site, const struct strings *commands,
                               char **output)
{
    _cleanup_strings_ struct strings line = {0};
    const char *const environment[] = {"LC_ALL=C", NULL};
    struct process_spec spec = {
        .environment = environment, .in = PROCESS_NULL, .err = PROCESS_NULL};
    int status = 0, r = words_add(&line, "ldd");

    if (r < 0)
        return r;
    r = words_add_all(&line, words_array(commands));
    if (r < 0)
        return r;
    r = words_add(&line, "%s", site->waypost);
    if (r < 0)
        return r;
    spec.argv = words_array(&line);
    /* Of a script it says that it is none, and fails. */
    return process_output(&spec, IMAGE_LDD_LIMIT_MS, IMAGE_LDD_MAX, output, &status);
}

static int image_files_add_libraries(const struct site *site, struct strings *files)
{
    _cleanup_free_ char *output = NULL;
    int r = image_files_run_ldd(site, files, &output);

    for (char *line = r < 0 ? NULL : strtok(output, "\n"); line; line = strtok(NULL, "\n")) {
        const char *path = image_files_library(line);

        r = path ? image_files_add(path, files) : 0;
        if (r < 0)
            return r;
    }
    return r;
}

int image_files_list(const struct site *site, struct strings *out)
{
    int r = image_files_add_commands(out);

    if (r < 0)
        return r;
    r = image_files_add_libraries(site, out);
    for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(image_others); i++)
        r = copy_each_file(image_others[i], image_files_add, out);
    return r;
}

/* ---- what tells that they have changed ---- */

static void image_files_describe_to(const struct strings *files, const struct strings *commands,
                                    FILE *out)
{
    struct stat it;

    for (size_t i = 0; i < commands->n; i++)
        fprintf(out, "%s\n", commands->items[i]);
    for (size_t i = 0; i < ARRAY_SIZE(image_others); i++)
        fprintf(out, "%s\n", image_others[i]);
    for (size_t i = 0; i < files->n; i++)
        if (stat(files->items[i], &it) == 0)
            fprintf(out, "%s %lld %lld\n", files->items[i], (long long)it.st_size,
                    (long long)it.st_mtime);
}

int image_files_describe(const struct strings *files, char **out)
{
    _cleanup_strings_ struct strings commands = {0};
    size_t size;
    FILE *text;
    int r = image_files_add_commands(&commands);

    if (r < 0)
        return r;
    text = open_memstream(out, &size);
    if (!text)
        return err_r(ENOMEM, "cannot list the files of a machine");
    image_files_describe_to(files, &commands, text);
    return fclose(text) < 0 ? err_r(ENOMEM, "cannot list the files of a machine") : 0;
}
