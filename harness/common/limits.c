// SPDX-License-Identifier: Apache-2.0
#include "common/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/shortage.h"

#define LIMITS_PATH_MAX 1024
#define LIMITS_SAID_MAX (64 << 10) /* the last so many bytes of a file */

/* Whether a list "cpu,memory" has the word. */
static bool limits_lists(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (strncmp(list, word, length) == 0 && (!list[length] || strchr(",\n", list[length])))
            return true;
    }
    return false;
}

/* ---- where the cgroup of this process is ---- */

/* Its path in the hierarchy of the controller, or with `controller` "" in cgroup2. */
static bool limits_own(const char *controller, char path[LIMITS_PATH_MAX])
{
    _cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
    char line[LIMITS_PATH_MAX];

    while (file && fgets(line, sizeof(line), file)) {
        char *list = strchr(line, ':'), *own = list ? strchr(list + 1, ':') : NULL;

        if (!own)
            continue;
        *own = '\0';
        own[1 + strcspn(own + 1, "\n")] = '\0';
        if (*controller ? !limits_lists(list + 1, controller) : list[1] != '\0')
            continue;
        snprintf(path, LIMITS_PATH_MAX, "%s", own + 1);
        return true;
    }
    return false;
}

/* Where the hierarchy is mounted: "ID PARENT DEVICE ROOT POINT … - TYPE SOURCE OPTIONS". */
static bool limits_mounted(const char *type, const char *controller, char point[LIMITS_PATH_MAX])
{
    _cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[4 * LIMITS_PATH_MAX], its[32], options[LIMITS_PATH_MAX];

    while (file && fgets(line, sizeof(line), file)) {
        const char *behind = strstr(line, " - ");

        if (!behind || sscanf(behind, " - %31s %*s %1023s", its, options) != 2 ||
            strcmp(its, type) != 0 || (*controller && !limits_lists(options, controller)))
            continue;
        if (sscanf(line, "%*s %*s %*s %*s %1023s", point) == 1)
            return true;
    }
    return false;
}

/* In a container the mount may begin at the cgroup itself. */
static FILE *limits_open_in(const char *type, const char *controller, const char *name,
                            char file[2 * LIMITS_PATH_MAX + 64])
{
    char point[LIMITS_PATH_MAX], own[LIMITS_PATH_MAX];
    FILE *found;

    if (!limits_mounted(type, controller, point) || !limits_own(controller, own))
        return NULL;
    snprintf(file, 2 * LIMITS_PATH_MAX + 64, "%s%s/%s", point, own, name);
    found = fopen(file, "re");
    if (found)
        return found;
    snprintf(file, 2 * LIMITS_PATH_MAX + 64, "%s/%s", point, name);
    return fopen(file, "re");
}

/* The number behind `word` in a file of lines "WORD NUMBER", -1. */
static long limits_count(FILE *file, const char *word)
{
    char line[128], its[64];
    long count;

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "%63s %ld", its, &count) == 2 && strcmp(its, word) == 0)
            return count;
    return -1;
}

/* ---- what is counted ---- */

static long limits_killed(char file[2 * LIMITS_PATH_MAX + 64])
{
    _cleanup_fclose_ FILE *v1 = limits_open_in("cgroup", "memory", "memory.oom_control", file);
    _cleanup_fclose_ FILE *v2 = v1 ? NULL : limits_open_in("cgroup2", "", "memory.events", file);
    _cleanup_fclose_ FILE *all = v1 || v2 ? NULL : fopen("/proc/vmstat", "re");

    if (all)
        strcpy(file, "/proc/vmstat");
    return limits_count(v1 ? v1 : v2 ? v2 : all, "oom_kill");
}

static long limits_forks(char file[2 * LIMITS_PATH_MAX + 64])
{
    _cleanup_fclose_ FILE *v1 = limits_open_in("cgroup", "pids", "pids.events", file);
    _cleanup_fclose_ FILE *v2 = v1 ? NULL : limits_open_in("cgroup2", "", "pids.events", file);

    return limits_count(v1 ? v1 : v2, "max");
}

void limits_look(struct limits *out)
{
    char file[2 * LIMITS_PATH_MAX + 64];

    out->killed = limits_killed(file);
    out->forks = limits_forks(file);
}

const char *limits_hit(const struct limits *before, char text[LIMITS_TEXT_MAX])
{
    char file[2 * LIMITS_PATH_MAX + 64] = "";
    long killed = limits_killed(file);

    *text = '\0';
    if (killed > before->killed && before->killed >= 0) {
        snprintf(text, LIMITS_TEXT_MAX,
                 SHORTAGE_WORD "the kernel killed for memory (oom_kill is %ld in '%.200s'): raise "
                               "memory.max of the cgroup (memory.limit_in_bytes in version 1), or "
                               "free memory",
                 killed, file);
        return text;
    }
    if (limits_forks(file) > before->forks && before->forks >= 0)
        snprintf(text, LIMITS_TEXT_MAX,
                 SHORTAGE_WORD "a process could not be started, as '%.200s' counts: raise pids.max "
                               "of the cgroup",
                 file);
    return text;
}

/* ---- what bash says ---- */

const char *limits_said(const char *path, char text[LIMITS_TEXT_MAX])
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char line[512], remedy[SHORTAGE_TEXT_MAX];

    *text = '\0';
    if (file && fseek(file, -(long)LIMITS_SAID_MAX, SEEK_END) < 0)
        rewind(file);
    while (file && fgets(line, sizeof(line), file)) {
        const char *fork = strstr(line, ": fork: ");

        if (!fork || !strstr(fork, "Resource temporarily unavailable"))
            continue;
        snprintf(text, LIMITS_TEXT_MAX, SHORTAGE_WORD "a process could not be started: %s",
                 shortage_remedy(EAGAIN, remedy));
        break;
    }
    return text;
}
