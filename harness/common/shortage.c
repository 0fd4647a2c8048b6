// SPDX-License-Identifier: Apache-2.0
#include "common/shortage.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

/* ---- the rights of root ---- */

/* What a lab needs. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, too. */
static const struct {
    unsigned bit;
    const char *name;
} shortage_rights[] = {{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
                       {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
                       {CAP_NET_RAW, "CAP_NET_RAW"}};

/* Whether root here is the root of a user namespace; not where there is no /proc to say it. */
static bool shortage_is_mapped(void)
{
    _cleanup_fclose_ FILE *map = fopen("/proc/self/uid_map", "re");
    unsigned long inside, outside, length;

    return map && fscanf(map, "%lu %lu %lu", &inside, &outside, &length) == 3 &&
           (outside != 0 || length != UINT32_MAX);
}

/* "CAP_SYS_ADMIN, CAP_NET_ADMIN": what the process has not got; "" when it has it all. */
static const char *shortage_missing(char text[SHORTAGE_TEXT_MAX])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {};

    *text = '\0';
    if (syscall(SYS_capget, &header, has) < 0)
        return text;
    for (size_t i = 0; i < ARRAY_SIZE(shortage_rights); i++)
        if (!(has[0].effective & 1U << shortage_rights[i].bit))
            snprintf(text + strlen(text), SHORTAGE_TEXT_MAX - strlen(text), "%s%s",
                     *text ? ", " : "", shortage_rights[i].name);
    return text;
}

bool shortage_of_rights(void)
{
    char missing[SHORTAGE_TEXT_MAX];

    return geteuid() == 0 && (*shortage_missing(missing) || shortage_is_mapped());
}

static void shortage_remedy_of_rights(char text[SHORTAGE_TEXT_MAX])
{
    char missing[SHORTAGE_TEXT_MAX];

    if (geteuid() == 0 && *shortage_missing(missing))
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "root has not got %.64s here: a container needs --privileged", missing);
    else if (geteuid() == 0 && shortage_is_mapped())
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "root of a user namespace has no rights over the machine: be the machine's root");
    else
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "be root with CAP_SYS_ADMIN, CAP_BPF and CAP_NET_ADMIN (a container needs "
                 "--privileged), and before Linux 5.11 `ulimit -l unlimited`");
}

/* ---- errors ---- */

/* What the process may have now, as a number or "unlimited". */
static const char *shortage_limit(int resource, char text[32])
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

    getrlimit((__rlimit_resource_t)resource, &limit);
    if (limit.rlim_cur == RLIM_INFINITY)
        snprintf(text, 32, "unlimited");
    else
        snprintf(text, 32, "%llu", (unsigned long long)limit.rlim_cur);
    return text;
}

bool shortage_is(int code)
{
    switch (abs(code)) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case ENOSPC:
    case EDQUOT:
    case EROFS:
        return true;
    case EPERM:
        return shortage_of_rights();
    default:
        return false;
    }
}

bool shortage_is_of_bpf(int code)
{
    return abs(code) == EPERM || shortage_is(code);
}

const char *shortage_remedy(int code, char text[SHORTAGE_TEXT_MAX])
{
    char limit[32];

    *text = '\0';
    switch (abs(code)) {
    case EMFILE:
        snprintf(text, SHORTAGE_TEXT_MAX, "a process may have %s files open here: `ulimit -n 4096`",
                 shortage_limit(RLIMIT_NOFILE, limit));
        break;
    case ENFILE:
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "the machine has no more open files: raise `sysctl fs.file-max`");
        break;
    case ENOMEM:
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "free memory, or raise the memory limit of the cgroup in /proc/self/cgroup");
        break;
    case EAGAIN:
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "the user may have %s processes: raise `ulimit -u`, or pids.max of the cgroup in "
                 "/proc/self/cgroup",
                 shortage_limit(RLIMIT_NPROC, limit));
        break;
    case ENOSPC:
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "free space (`df -h`) or inodes (`df -i`), or raise what `sysctl user` limits");
        break;
    case EDQUOT:
        snprintf(text, SHORTAGE_TEXT_MAX, "the quota of the user is used up: `quota -s`");
        break;
    case EROFS:
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "make it writable, or use a copy of the tree elsewhere: `mount -o remount,rw`");
        break;
    case EPERM:
        shortage_remedy_of_rights(text);
        break;
    default:
        break;
    }
    return text;
}
