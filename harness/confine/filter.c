// SPDX-License-Identifier: Apache-2.0
#include "confine/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

#define CONFINE_NOBODY 65534

/* Sanitizers map terabytes that they do not use, and report to stderr. */
#if defined(__SANITIZE_ADDRESS__)
#define CONFINE_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_SANITIZED true
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED false
#endif

/* ---- descriptors ---- */

static int confine_close(int keep_fd)
{
    _cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; fd <= (CONFINE_SANITIZED ? 1 : 2); fd++) {
        if (null >= 0 && null != fd)
            dup2(null, fd);
        else if (null < 0)
            close(fd);
    }
    if (keep_fd > 3 && close_range(3, (unsigned int)keep_fd - 1, 0) < 0)
        return -errno;
    return close_range((unsigned int)keep_fd + 1, ~0u, 0) < 0 ? -errno : 0;
}

/* ---- rights ---- */

static int confine_become_nobody(void)
{
    if (setgroups(0, NULL) < 0 || setresgid(CONFINE_NOBODY, CONFINE_NOBODY, CONFINE_NOBODY) < 0 ||
        setresuid(CONFINE_NOBODY, CONFINE_NOBODY, CONFINE_NOBODY) < 0)
        return -errno;
    return 0;
}

static int confine_drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* Root makes the network namespace as root: whoever may not make a user namespace gets it still. */
static int confine_drop_rights(void)
{
    bool root = geteuid() == 0;
    int r;

    if (root && unshare(CLONE_NEWNET) < 0)
        return -errno;
    r = root ? confine_become_nobody() : 0;
    if (r < 0)
        return r;
    if (unshare(root ? CLONE_NEWUSER : CLONE_NEWUSER | CLONE_NEWNET) < 0 && errno == ENOMEM)
        return -ENOMEM;
    return confine_drop_capabilities();
}

/* ---- limits ---- */

static int64_t confine_mapped(void)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/self/statm", "re");
    long long pages = 0;

    if (!file || fscanf(file, "%lld", &pages) != 1)
        return 0;
    return pages * sysconf(_SC_PAGESIZE);
}

/* No more than this process may have. The processor time's first limit is a signal that can be told
 * from others, its last is not. */
static int confine_limit(int what, int64_t limit)
{
    struct rlimit value = {(rlim_t)limit, (rlim_t)limit + (what == RLIMIT_CPU ? 1 : 0)}, now;

    if (getrlimit(what, &now) < 0)
        return -errno;
    if (value.rlim_cur > now.rlim_max)
        value.rlim_cur = now.rlim_max;
    if (value.rlim_max > now.rlim_max)
        value.rlim_max = now.rlim_max;
    return setrlimit(what, &value) < 0 ? -errno : 0;
}

static int confine_set_limits(const struct confine_limits *limits, int64_t mapped)
{
    static const int none[] = {RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_MSGQUEUE};
    int r = confine_limit(RLIMIT_CPU, limits->cpu_s);

    for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(none); i++)
        r = confine_limit(none[i], 0);
    if (r < 0 || CONFINE_SANITIZED)
        return r;
    return mapped ? confine_limit(RLIMIT_AS, mapped + limits->memory) : -ESRCH;
}

/* ---- the filter ---- */

static const int confine_allowed[] = {
    SCMP_SYS(brk),          SCMP_SYS(munmap),        SCMP_SYS(mremap),
    SCMP_SYS(madvise),      SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(time),         SCMP_SYS(getrandom),     SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(getuid),        SCMP_SYS(geteuid),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sched_yield),  SCMP_SYS(sigaltstack),   SCMP_SYS(restart_syscall),
    SCMP_SYS(uname),
};

/* What libraries ask for in passing, and do without. */
static const int confine_refused[] = {
    SCMP_SYS(open),       SCMP_SYS(openat),     SCMP_SYS(stat),       SCMP_SYS(lstat),
    SCMP_SYS(fstat),      SCMP_SYS(newfstatat), SCMP_SYS(statx),      SCMP_SYS(access),
    SCMP_SYS(faccessat),  SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(ioctl),
    SCMP_SYS(faccessat2), SCMP_SYS(sysinfo),    SCMP_SYS(lseek),      SCMP_SYS(sched_getaffinity),
    SCMP_SYS(close),      SCMP_SYS(fcntl),      SCMP_SYS(prlimit64),  SCMP_SYS(getrlimit),
    SCMP_SYS(read),       SCMP_SYS(prctl),
};

struct confine_rule {
    int call;
    struct scmp_arg_cmp argument;
};

/* Allowed where the argument is so. */
static int confine_add_rules(scmp_filter_ctx filter, int fd)
{
    const struct confine_rule rules[] = {
        {SCMP_SYS(write), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)fd}},
        /* abort(), which ends nobody but itself */
        {SCMP_SYS(tgkill), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()}},
        /* nothing makes memory that can be executed */
        {SCMP_SYS(mmap), {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
        {SCMP_SYS(mprotect), {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
        {SCMP_SYS(write), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = STDERR_FILENO}},
    };
    size_t n = ARRAY_SIZE(rules) - (CONFINE_SANITIZED ? 0 : 1);

    for (size_t i = 0; i < n; i++) {
        int r =
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].argument);

        if (r < 0)
            return r;
    }
    return 0;
}

static int confine_add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(filter, action, calls[i], 0);

        if (r < 0)
            return r;
    }
    return 0;
}

static int confine_fill(scmp_filter_ctx filter, int fd)
{
    int r = confine_add_calls(filter, SCMP_ACT_ALLOW, confine_allowed, ARRAY_SIZE(confine_allowed));

    if (r < 0)
        return r;
    r = confine_add_calls(filter, SCMP_ACT_ERRNO(EACCES), confine_refused,
                          ARRAY_SIZE(confine_refused));
    if (r < 0)
        return r;
    r = confine_add_rules(filter, fd);
    return r < 0 ? r : seccomp_load(filter);
}

static int confine_install(int fd)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int r = filter ? confine_fill(filter, fd) : -ENOMEM;

    if (filter)
        seccomp_release(filter);
    return r;
}

int confine_give_up(int keep_fd, pid_t parent, const struct confine_limits *limits)
{
    int64_t mapped = confine_mapped(); /* later there is no /proc for it */
    int r = confine_close(keep_fd);

    if (r < 0)
        return r;
    r = confine_drop_rights();
    if (r < 0)
        return r;
    /* Becoming another user clears it: the parent's death ends the child. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    if (getppid() != parent)
        return -ESRCH;
    r = confine_set_limits(limits, mapped);
    return r < 0 ? r : confine_install(keep_fd);
}
