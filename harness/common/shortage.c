// SPDX-License-Identifier: Apache-2.0
#include "common/shortage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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
        snprintf(text, SHORTAGE_TEXT_MAX,
                 "be root with CAP_SYS_ADMIN, CAP_BPF and CAP_NET_ADMIN (a container needs "
                 "--privileged), and before Linux 5.11 `ulimit -l unlimited`");
        break;
    default:
        break;
    }
    return text;
}
