// SPDX-License-Identifier: Apache-2.0
#include "vm/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "vm/modules.h"

/* What the machine itself needs, and what the suites make. Those that are built in are no files. */
static const char *const initramfs_modules[] = {
    "virtio_pci", "virtio_blk", "virtio_console", "ext4",        "overlay", "crc32c_intel",
    "veth",       "tcp_diag",   "udp_diag",       "sch_ingress", "cls_bpf"};

/* ---- the archive ---- */

static void initramfs_close(struct archive **archive)
{
    archive_write_free(*archive);
}

static void initramfs_free_entry(struct archive_entry **entry)
{
    archive_entry_free(*entry);
}

/* Directories have no bytes. */
static int initramfs_add(struct archive *archive, const char *name, const void *bytes, size_t size)
{
    _cleanup_(initramfs_free_entry) struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, bytes ? AE_IFREG : AE_IFDIR);
    archive_entry_set_perm(entry, 0755);
    archive_entry_set_size(entry, (la_int64_t)size);
    if (archive_write_header(archive, entry) != ARCHIVE_OK ||
        (bytes && archive_write_data(archive, bytes, size) < 0))
        return err_say(EIO, "cannot write the initramfs: %s", archive_error_string(archive));
    return 0;
}

static int initramfs_add_file(struct archive *archive, const char *name, const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat it;
    void *bytes;
    int r;

    if (fd < 0 || fstat(fd, &it) < 0)
        return err_r(errno, "cannot read '%s'", path);
    bytes = mmap(NULL, (size_t)it.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return err_r(errno, "cannot read '%s'", path);
    r = initramfs_add(archive, name, bytes, (size_t)it.st_size);
    munmap(bytes, (size_t)it.st_size);
    return r;
}

static int initramfs_add_modules(struct archive *archive, const struct modules *modules)
{
    const void *bytes;
    size_t size;
    int r = initramfs_add(archive, "modules", NULL, 0);

    for (size_t i = 0; r >= 0 && (bytes = modules_image(modules, i, &size)); i++) {
        char name[32];

        snprintf(name, sizeof(name), "modules/%02zu", i);
        r = initramfs_add(archive, name, bytes, size);
    }
    return r;
}

/* ---- the whole of it ---- */

static int initramfs_take_modules(const struct initramfs_request *request, struct modules *modules)
{
    const json_t *name;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(initramfs_modules); i++) {
        int r = modules_take(modules, initramfs_modules[i]);

        if (r < 0)
            return r;
    }
    json_array_foreach (request->load, i, name) {
        int r = modules_take(modules, json_string_value(name));

        if (r < 0)
            return r;
    }
    return 0;
}

int initramfs_write(const struct initramfs_request *request, const char *path)
{
    _cleanup_(modules_close) struct modules *modules = NULL;
    _cleanup_(initramfs_close) struct archive *archive = archive_write_new();
    int r = modules_open(request->modules, &modules);

    if (r < 0)
        return r;
    r = initramfs_take_modules(request, modules);
    if (r < 0)
        return r;
    archive_write_set_format_cpio_newc(archive);
    if (archive_write_open_filename(archive, path) != ARCHIVE_OK)
        return err_say(EIO, "cannot write '%s': %s", path, archive_error_string(archive));
    r = initramfs_add_file(archive, "init", request->init);
    if (r < 0)
        return r;
    r = initramfs_add_modules(archive, modules);
    if (r < 0)
        return r;
    if (archive_write_close(archive) != ARCHIVE_OK)
        return err_say(EIO, "cannot write '%s': %s", path, archive_error_string(archive));
    return 0;
}
