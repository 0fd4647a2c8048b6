// SPDX-License-Identifier: Apache-2.0
/*
 * The first process of a virtual machine, static and alone in its initramfs. It loads the modules
 * that were packed with it, mounts the packed root with an overlay in memory, runs
 * /waypost/.vm/command of the second disk there, and powers off.
 *
 * It reports on the second serial port, one line each:
 *   init               the kernel has started it
 *   ready              all is mounted, the command begins
 *   lacks TEXT         the kernel has not got what the command needs
 *   out-of-memory N    processes that the kernel killed for memory
 *   exit N             the command's exit code (128 and the signal where it was killed)
 * Whatever comes to pass before `exit` was written is a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define INIT_ROOT      "/root"
#define INIT_WORK      INIT_ROOT "/waypost"
#define INIT_MODULES   64
#define INIT_DISK_ROOT "/dev/vda"
#define INIT_DISK_WORK "/dev/vdb"
#define INIT_OUTPUT    "/dev/vport0p1"
#define INIT_FILES     "/dev/vport0p2"
#define INIT_LIVE      "/dev/vport0p3"
/* For a device of a driver that is there already. */
#define INIT_DEVICE_MS 10000

static int init_status = -1, init_devices = -1;

static void init_report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void init_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vdprintf(init_status, fmt, ap);
    va_end(ap);
}

/* The end, whichever it is. Without the power to be switched off, the panic of a dead init ends it.
 */
static void init_power_off(void) __attribute__((noreturn));
static void init_power_off(void)
{
    if (init_status >= 0)
        tcdrain(init_status);
    reboot(RB_POWER_OFF);
    _exit(1);
}

static void init_lacks(const char *what) __attribute__((noreturn));
static void init_lacks(const char *what)
{
    init_report("lacks %s: %s\n", what, strerror(errno));
    init_power_off();
}

static void init_open_status(void)
{
    struct termios raw;

    init_status = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (init_status < 0)
        init_power_off();
    if (tcgetattr(init_status, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(init_status, TCSANOW, &raw);
    }
    init_report("init\n");
}

static void init_mount(const char *what, const char *where, const char *type, unsigned long flags,
                       const char *data)
{
    mkdir(where, 0755);
    if (mount(what, where, type, flags, data) < 0)
        init_lacks(type);
}

/* A driver makes its devices some time after it was loaded. */
static void init_wait_for_device(const char *path)
{
    struct pollfd made = {.fd = init_devices, .events = POLLIN};
    char events[4096];

    while (access(path, F_OK) < 0) {
        if (poll(&made, 1, INIT_DEVICE_MS) <= 0) {
            errno = ENODEV;
            init_lacks(path);
        }
        if (read(init_devices, events, sizeof(events)) < 0 && errno != EINTR)
            init_lacks("inotify");
    }
}

static void init_wait_for_devices(void)
{
    static const char *const paths[] = {INIT_DISK_ROOT, INIT_DISK_WORK, INIT_OUTPUT, INIT_FILES,
                                        INIT_LIVE};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        init_wait_for_device(paths[i]);
}

/* /modules/00 … in the order in which they need each other. */
static void init_load_modules(void)
{
    for (int i = 0; i < INIT_MODULES; i++) {
        char path[32];
        int fd;

        snprintf(path, sizeof(path), "/modules/%02d", i);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
            init_lacks(path);
        close(fd);
    }
}

/* A packed image, read-only, with a writable layer in memory. */
static void init_mount_image(const char *disk, const char *name, const char *where)
{
    char lower[64], upper[64], work[64], data[256];

    snprintf(lower, sizeof(lower), "/lower/%s", name);
    snprintf(upper, sizeof(upper), "/memory/%s", name);
    snprintf(work, sizeof(work), "/memory/%s.work", name);
    snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    init_mount(disk, lower, "ext4", MS_RDONLY, "noload");
    mkdir(upper, 0755);
    mkdir(work, 0755);
    init_mount("overlay", where, "overlay", 0, data);
}

/* What devtmpfs leaves to udev. */
static void init_link_streams(void)
{
    static const char *const links[][2] = {{"/proc/self/fd", INIT_ROOT "/dev/fd"},
                                           {"/proc/self/fd/0", INIT_ROOT "/dev/stdin"},
                                           {"/proc/self/fd/1", INIT_ROOT "/dev/stdout"},
                                           {"/proc/self/fd/2", INIT_ROOT "/dev/stderr"}};

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
            init_lacks(links[i][1]);
    }
}

static void init_mount_all(void)
{
    mkdir("/lower", 0755);
    init_mount("memory", "/memory", "tmpfs", 0, "mode=755");
    init_mount_image(INIT_DISK_ROOT, "root", INIT_ROOT);
    init_mount_image(INIT_DISK_WORK, "work", INIT_WORK);
    init_mount("dev", INIT_ROOT "/dev", "devtmpfs", 0, NULL);
    init_link_streams();
    init_mount("pts", INIT_ROOT "/dev/pts", "devpts", 0, "ptmxmode=666");
    init_mount("shm", INIT_ROOT "/dev/shm", "tmpfs", 0, NULL);
    init_mount("proc", INIT_ROOT "/proc", "proc", 0, NULL);
    init_mount("sys", INIT_ROOT "/sys", "sysfs", 0, NULL);
    init_mount("cgroup", INIT_ROOT "/sys/fs/cgroup", "cgroup2", 0, NULL);
    init_mount("bpf", INIT_ROOT "/sys/fs/bpf", "bpf", 0, "mode=700");
    init_mount("tracefs", INIT_ROOT "/sys/kernel/tracing", "tracefs", 0, NULL);
    init_mount("run", INIT_ROOT "/run", "tmpfs", 0, "mode=755");
    init_mount("tmp", INIT_ROOT "/tmp", "tmpfs", 0, "mode=1777");
}

/* mount --move and chroot, for an initramfs cannot be pivoted away. */
static void init_enter_root(void)
{
    if (chdir(INIT_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
        chdir("/waypost") < 0)
        init_lacks("the packed root");
}

/* In the child: standard output goes to one port, what is to be kept to another, as fd 3, and what
 * is to be kept although the kernel may not last to the end to a third, as fd 4. What the kernel's
 * command line has of NAME=VALUE is in the environment. */
static void init_exec(void) __attribute__((noreturn));
static void init_exec(void)
{
    char *const argv[] = {"/bin/bash", "/waypost/.vm/command", NULL};
    int output = open(INIT_OUTPUT, O_WRONLY), files = open(INIT_FILES, O_WRONLY);
    int live = open(INIT_LIVE, O_WRONLY), none = open("/dev/null", O_RDONLY);

    if (output < 0 || files < 0 || live < 0 || none < 0)
        init_lacks("a port to the host");
    setsid();
    if (dup2(none, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || dup2(files, 3) < 0 ||
        dup2(live, 4) < 0)
        init_lacks("file descriptors");
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TERM", "dumb", 1);
    execv(argv[0], argv);
    init_lacks("a shell");
}

/* Also what lost its parent is waited for. */
static int init_wait_for(pid_t child)
{
    int status;
    pid_t pid;

    do {
        pid = wait(&status);
        if (pid < 0 && errno != EINTR)
            return 255;
    } while (pid != child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void init_report_memory(void)
{
    FILE *f = fopen("/proc/vmstat", "re");
    unsigned long n;
    char name[64];

    while (f && fscanf(f, "%63s %lu", name, &n) == 2) {
        if (strcmp(name, "oom_kill") == 0 && n > 0)
            init_report("out-of-memory %lu\n", n);
    }
    if (f)
        fclose(f);
}

static int init_run(void)
{
    pid_t child;

    init_report("ready\n");
    child = fork();
    if (child < 0)
        init_lacks("processes");
    if (child == 0)
        init_exec();
    return init_wait_for(child);
}

int main(void)
{
    int code;

    mkdir("/dev", 0755);
    mkdir("/root", 0755);
    if (mount("dev", "/dev", "devtmpfs", 0, NULL) < 0)
        init_power_off();
    init_devices = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(init_devices, "/dev", IN_CREATE);
    init_open_status();
    init_load_modules();
    init_wait_for_devices();
    init_mount_all();
    init_enter_root();
    code = init_run();
    init_report_memory();
    init_report("exit %d\n", code);
    init_power_off();
}
