// SPDX-License-Identifier: Apache-2.0
/* What a lab, or a test, must not leave behind. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/patience.h"
#include "common/text.h"
#include "serve/words.h"

#define LEFT_LOOK_MS 2

static const char *left_env(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

/* -- Of a lab ------------------------------------------------------------------------------------
 */

static void left_remember_node(struct session *s, const json_t *node)
{
    const json_t *program;
    size_t i;

    json_array_foreach (json_object_get(node, "programs"), i, program)
        json_array_append(s->programs, json_object_get(program, "id"));
}

/* leak_remember: before the lab goes down, which programs it has; their ids, too, for the test. */
int word_leak_remember(struct session *s, char *const *none)
{
    _cleanup_json_ json_t *lab = NULL;
    struct call call = {.n = 0};
    const json_t *node, *id;
    char text[1024] = "";
    size_t i;

    (void)none;
    json_decref(s->programs);
    s->programs = json_array();
    call_add(&call, "show");
    call_add(&call, s->lab);
    call_add(&call, "--json");
    if (session_call(s, &call, true) != 0 || session_json(s, &lab) < 0)
        return 0;
    json_array_foreach (json_object_get(lab, "nodes"), i, node)
        left_remember_node(s, node);
    json_array_foreach (s->programs, i, id)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%lld", i ? " " : "",
                 (long long)json_integer_value(id));
    return session_say(s, text);
}

static void left_add(FILE *out, const char *path)
{
    if (access(path, F_OK) == 0)
        fprintf(out, " %s", path);
}

static void left_namespaces(FILE *out, const char *lab)
{
    _cleanup_free_ char *pattern = NULL;
    glob_t found;

    if (text_format(&pattern, "/run/netns/waypost.%s.*", lab) < 0)
        return;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            fprintf(out, " %s", found.gl_pathv[i]);
    }
    globfree(&found);
}

static void left_files(FILE *out, const char *lab)
{
    _cleanup_free_ char *pins = NULL, *state = NULL;

    if (text_format(&pins, "%s/waypost/%s", left_env("WAYPOST_BPFFS", "/sys/fs/bpf"), lab) == 0)
        left_add(out, pins);
    if (text_format(&state, "%s/%s", left_env("WAYPOST_STATE", "/run/waypost"), lab) == 0)
        left_add(out, state);
}

static void left_cgroups(FILE *out, const char *lab)
{
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    const struct mntent *mount;

    while (mounts && (mount = getmntent(mounts))) {
        _cleanup_free_ char *path = NULL;

        if (strcmp(mount->mnt_type, "cgroup2") == 0 &&
            text_format(&path, "%s/waypost/%s/%s", mount->mnt_dir,
                        left_env("WAYPOST_RUN_ID", "hand"), lab) == 0)
            left_add(out, path);
    }
    if (mounts)
        endmntent(mounts);
}

static bool left_is_loaded(const json_t *id)
{
    _cleanup_close_ int fd = bpf_prog_get_fd_by_id((uint32_t)json_integer_value(id));

    return fd >= 0 || errno != ENOENT;
}

/* The kernel lets go of a program when the last socket that used it is freed, which it does a
 * little later and tells nobody: hence a deadline. */
static void left_programs(FILE *out, const json_t *ids, struct patience *patience)
{
    const json_t *id;
    size_t i;

    json_array_foreach (ids, i, id) {
        bool loaded = left_is_loaded(id);

        while (loaded && patience_look(patience) == 0) {
            poll(NULL, 0, LEFT_LOOK_MS);
            loaded = left_is_loaded(id);
        }
        if (loaded)
            fprintf(out, " program %lld", (long long)json_integer_value(id));
    }
}

/* expect_no_leak LIMIT: of the lab there is no namespace, cgroup, pin, file or program any more,
 * LIMIT microseconds from now at the latest. */
int word_expect_no_leak(struct session *s, char *const *words)
{
    _cleanup_free_ char *left = NULL;
    char text[PATIENCE_TEXT_MAX];
    struct patience patience;
    size_t size;
    FILE *out = open_memstream(&left, &size);

    if (!out)
        return -ENOMEM;
    left_namespaces(out, s->lab);
    left_files(out, s->lab);
    left_cgroups(out, s->lab);
    patience_start(&patience, atol(words[0]) / 1000);
    left_programs(out, s->programs, &patience);
    fclose(out);
    if (!*left)
        return 0;
    if (patience_outcome(&patience) == -PATIENCE_STARVED)
        return session_fail(s, "%s\n  not gone yet:%s",
                            patience_text(&patience, "whether the lab leaves nothing", text), left);
    return session_fail(s, "lab %s was taken down, and this is left:%s", s->lab, left);
}

/* -- Of a test -----------------------------------------------------------------------------------
 */

static pid_t left_parent(pid_t pid)
{
    _cleanup_fclose_ FILE *file = NULL;
    char path[64], line[512];
    const char *at;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file || !fgets(line, sizeof(line), file))
        return 0;
    at = strrchr(line, ')'); /* the name in front may hold anything */
    return at && strlen(at) > 4 ? (pid_t)atol(at + 4) : 0;
}

static bool left_is_ancestor(pid_t pid, pid_t of)
{
    for (; of > 0; of = left_parent(of)) {
        if (of == pid)
            return true;
    }
    return false;
}

static void left_say_process(FILE *out, pid_t pid)
{
    char path[64], line[256] = "";
    _cleanup_close_ int fd = -1;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
    for (ssize_t i = 0; i < n; i++)
        line[i] = line[i] ? line[i] : ' ';
    fprintf(out, " %s(%d)", line, (int)pid);
}

static bool left_holds(pid_t pid, const struct stat *mine)
{
    char path[64];
    struct stat its;

    snprintf(path, sizeof(path), "/proc/%d/fd/3", (int)pid);
    return stat(path, &its) == 0 && its.st_dev == mine->st_dev && its.st_ino == mine->st_ino;
}

static void left_end_strays(FILE *out, pid_t asker, const struct stat *mine)
{
    _cleanup_closedir_ DIR *proc = opendir("/proc");
    const struct dirent *entry;

    while (proc && (entry = readdir(proc))) {
        pid_t pid = (pid_t)atol(entry->d_name);

        if (pid <= 0 || !left_holds(pid, mine) || left_is_ancestor(pid, asker))
            continue;
        left_say_process(out, pid);
        kill(pid, SIGKILL);
    }
}

/* expect_no_strays PID: no test left a process behind that holds fd 3 of that shell: bats would
 * wait for its end. */
int word_expect_no_strays(struct session *s, char *const *words)
{
    pid_t asker = (pid_t)atol(words[0]);
    _cleanup_free_ char *strays = NULL;
    char path[64];
    struct stat mine;
    size_t size;
    FILE *out;

    snprintf(path, sizeof(path), "/proc/%d/fd/3", (int)asker);
    if (stat(path, &mine) < 0)
        return 0;
    out = open_memstream(&strays, &size);
    if (!out)
        return -ENOMEM;
    left_end_strays(out, asker, &mine);
    fclose(out);
    if (!*strays)
        return 0;
    return session_fail(s,
                        "a test left this running, with bats' fd 3 (start it with 3>&-, and end "
                        "it):%s",
                        strays);
}
