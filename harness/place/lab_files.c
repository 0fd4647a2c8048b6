// SPDX-License-Identifier: Apache-2.0
#include "place/lab_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "common/whole_file.h"
#include "place/cgroup_root.h"
#include "place/state.h"

#define LAB_FILES_VERSION 1

int lab_files_places(struct lab *lab)
{
    const char *run = state_env("WAYPOST_RUN_ID", "hand");
    int r;

    if (topology_name_check(run) < 0)
        return err_say(EINVAL, "WAYPOST_RUN_ID is '%s', must be a name ([-a-z0-9], at most %d)",
                       run, TOPOLOGY_NAME_MAX);
    r = text_format(&lab->run, "%s", run);
    if (r < 0)
        return r;
    r = text_format(&lab->bpffs, "%s", state_env("WAYPOST_BPFFS", "/sys/fs/bpf"));
    return r < 0 ? r : cgroup_root(&lab->cgroup_root);
}

int lab_files_paths(struct lab *lab)
{
    int r = text_format(&lab->bpf_dir, "%s/waypost/%s", lab->bpffs, lab->name);

    if (r < 0)
        return r;
    return text_format(&lab->cgroup_dir, "%s/waypost/%s/%s", lab->cgroup_root, lab->run, lab->name);
}

/* The bytes, not what was understood of them: comments and order are the person's. */
static int lab_files_write_topology(FILE *file, const void *data)
{
    const struct topology *t = data;

    return fwrite(t->text, 1, t->length, file) == t->length ? 0 : -errno;
}

static json_t *lab_files_describe(const struct lab *lab)
{
    time_t now = time(NULL);
    char created[32] = "";
    struct tm tm;

    if (gmtime_r(&now, &tm))
        (void)strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "version", LAB_FILES_VERSION, "created",
                     created, "family", family_name(lab->family), "run", lab->run, "cgroup_root",
                     lab->cgroup_root, "bpffs", lab->bpffs, "source", lab->topology->file);
}

int lab_files_write(const struct lab *lab)
{
    _cleanup_free_ char *json_path = NULL, *topology_path = NULL;
    _cleanup_json_ json_t *j = lab_files_describe(lab);
    int r;

    if (!j)
        return err_say(EINVAL, "cannot describe lab '%s': a path of it is not UTF-8", lab->name);
    r = text_format(&json_path, "%s/lab.json", lab->state_dir);
    if (r < 0)
        return r;
    r = text_format(&topology_path, "%s/topology.yaml", lab->state_dir);
    if (r < 0)
        return r;
    r = json_write_file(json_path, j);
    return r < 0 ? r : whole_file_write(topology_path, lab_files_write_topology, lab->topology);
}

static int lab_files_take(const json_t *j, const char *key, char **out)
{
    const char *text;
    int r = json_get_string(j, key, &text);

    return r < 0 ? r : text_format(out, "%s", text);
}

static int lab_files_check(const struct lab *lab, const char *family, const char *path)
{
    if (topology_name_check(lab->run) < 0)
        return err_say(EINVAL, "%s: 'run' is '%s', must be a name", path, lab->run);
    if (*lab->cgroup_root != '/' || *lab->bpffs != '/')
        return err_say(EINVAL, "%s: 'cgroup_root' and 'bpffs' must be absolute paths", path);
    if (lab->family == FAMILY_MAPPED)
        return err_say(EINVAL, "%s: 'family' is '%s', must be v4 or v6", path, family);
    return 0;
}

static int lab_files_read_json(struct lab *lab, const char *path)
{
    _cleanup_json_ json_t *j = NULL;
    const char *family;
    int64_t version;
    int r = json_read_file(path, JSON_OWN_MAX, &j);

    if (r < 0)
        return r;
    r = json_get_integer(j, "version", LAB_FILES_VERSION, LAB_FILES_VERSION, &version);
    if (r < 0)
        return r;
    r = json_get_string(j, "family", &family);
    if (r < 0)
        return r;
    if (family_from_name(family, &lab->family) < 0)
        return err_say(EINVAL, "%s: 'family' is '%s', must be v4 or v6", path, family);
    r = lab_files_take(j, "run", &lab->run);
    if (r < 0)
        return r;
    r = lab_files_take(j, "cgroup_root", &lab->cgroup_root);
    if (r < 0)
        return r;
    r = lab_files_take(j, "bpffs", &lab->bpffs);
    return r < 0 ? r : lab_files_check(lab, family, path);
}

int lab_files_read(struct lab *lab)
{
    _cleanup_free_ char *json_path = NULL, *topology_path = NULL;
    int r = text_format(&json_path, "%s/lab.json", lab->state_dir);

    if (r < 0)
        return r;
    r = text_format(&topology_path, "%s/topology.yaml", lab->state_dir);
    if (r < 0)
        return r;
    r = lab_files_read_json(lab, json_path);
    return r < 0 ? r : topology_read(topology_path, &lab->topology);
}

int lab_files_mark_ready(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = text_format(&path, "%s/ready", lab->state_dir);

    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? err_r(errno, "cannot make '%s'", path) : 0;
}

int lab_files_unmark_ready(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/ready", lab->state_dir);

    if (r < 0)
        return r;
    return unlink(path) < 0 && errno != ENOENT ? err_r(errno, "cannot remove '%s'", path) : 0;
}

bool lab_files_is_ready(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;

    return text_format(&path, "%s/ready", lab->state_dir) == 0 && access(path, F_OK) == 0;
}

/*
 * The directory is first moved out of the way: somebody who opens the lab at this moment would make
 * a new lock in it, and it could not be removed. What a crash has left there goes with the next.
 */
int lab_files_remove(const struct lab *lab)
{
    _cleanup_free_ char *gone = NULL, *state = NULL;
    int r = state_root(&state);

    if (r < 0)
        return r;
    r = text_format(&gone, "%s/.%s.gone", state, lab->name);
    if (r < 0)
        return r;
    r = tree_remove(gone);
    if (r < 0)
        return r;
    if (rename(lab->state_dir, gone) < 0)
        return errno == ENOENT ? 0 : err_r(errno, "cannot remove '%s'", lab->state_dir);
    return tree_remove(gone);
}
