// SPDX-License-Identifier: Apache-2.0
#include "agent/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/pod_files.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/shortage.h"
#include "common/text.h"
#include "cgroup/cgroup.h"
#include "net/net.h"
#include "lab/witness.h"

#define SPAWN_DEADLINE_MS 20000
/* So many agents start at once: enough to fill any machine, and few enough for RLIMIT_NOFILE. */
#define SPAWN_WAVE 200

struct spawn_child {
    const struct topology_pod *pod;
    pid_t pid;
    int ready_fd;
};

/* -- In the agent's process ------------------------------------------------------------------ */

/* Only what a signal handler may call. */
static void spawn_on_signal(int signal)
{
    static const char prefix[] = "waypost: " AGENT_ENDED_WITH "SIG";
    const char *name = sigabbrev_np(signal);
    ssize_t written = write(STDERR_FILENO, prefix, sizeof(prefix) - 1);

    if (written > 0 && name)
        written = write(STDERR_FILENO, name, strlen(name));
    if (written > 0)
        written = write(STDERR_FILENO, "\n", 1);
    raise(signal); /* SA_RESETHAND: this one ends the process */
}

static void spawn_handle_signals(void)
{
    static const int deadly[] = {
        SIGTERM, SIGINT, SIGHUP,
#ifndef __SANITIZE_ADDRESS__ /* it says more itself */
        SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
#endif
    };
    static char stack[16384];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    const struct sigaction action = {.sa_handler = spawn_on_signal,
                                     .sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK};

    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
        sigaction(deadly[i], &action, NULL);
}

/* Leaves stdin empty, stdout and stderr in the log, ready_fd as 3, and nothing else: a pipe of the
 * caller's shell that was inherited would keep that shell waiting for as long as the lab is up. */
static int spawn_take_descriptors(const char *log_path, int *ready_fd)
{
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    int null = open("/dev/null", O_RDONLY);

    if (log < 0)
        return err_r(errno, "cannot open '%s'", log_path);
    if (null < 0)
        return err_r(errno, "cannot open '/dev/null'");
    if (dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0 || dup2(*ready_fd, 3) < 0)
        return err_r(errno, "cannot redirect the agent's output");
    *ready_fd = 3;
    if (close_range(4, ~0U, 0) < 0)
        return err_r(errno, "cannot close the caller's descriptors");
    return fcntl(3, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int spawn_bind_control(const char *path, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_r(errno, "cannot make the agent's socket");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
        return err_r(errno, "cannot listen on '%s'", path);
    *out = TAKE_FD(fd);
    return 0;
}

/* What goes wrong before agent_run() goes to the log and to the one who waits. */
static void spawn_sink(enum log_level level, const char *message, void *data)
{
    const int *ready_fd = data;

    fprintf(stderr, "waypost: %s\n", message);
    if (level == LOG_ERROR)
        dprintf(*ready_fd, "%s\n", message);
}

static int spawn_prepare(const struct lab *lab, const struct topology_pod *pod, bool witnessed,
                         struct agent_config *config)
{
    _cleanup_free_ char *socket_path = NULL;
    int r = witnessed ? witness_open_ring(lab, pod, &config->ring_fd) : 0;

    if (r < 0)
        return r;
    r = pod_socket_path(lab, pod->name, &socket_path);
    if (r < 0)
        return r;
    r = spawn_bind_control(socket_path, &config->control_fd);
    if (r < 0)
        return r;
    r = cgroup_enter_pod(lab, pod);
    return r < 0 ? r : net_enter(lab, pod->name);
}

static int spawn_become_agent(const struct lab *lab, const struct topology_pod *pod, bool witnessed,
                              int ready_fd)
{
    struct agent_config config = {.pod = pod->name,
                                  .listeners = pod->listeners,
                                  .n_listeners = pod->n_listeners,
                                  .control_fd = -1,
                                  .ring_fd = -1};
    _cleanup_free_ char *log_path = NULL;
    int r = pod_log_path(lab, pod->name, &log_path);

    if (r < 0)
        return r;
    r = spawn_take_descriptors(log_path, &ready_fd);
    if (r < 0)
        return r;
    log_set_sink(spawn_sink, &ready_fd);
    r = spawn_prepare(lab, pod, witnessed, &config);
    log_set_sink(NULL, NULL);
    if (r < 0)
        return r;
    config.ready_fd = ready_fd;
    prctl(PR_SET_PDEATHSIG, 0);
    return agent_run(&config);
}

/* Where the kernel reads this process's command line from: fields 48 and 49 of proc(5)'s stat,
 * counted behind the name, which is in parentheses and may hold anything. */
static char *spawn_arguments(size_t *size)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/self/stat", "re");
    unsigned long start = 0, end = 0;
    char line[2048];
    char *at = file && fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;

    for (int field = 2; at && field < 48; field++)
        at = strchr(at + 1, ' ');
    if (!at || sscanf(at, "%lu %lu", &start, &end) != 2 || end <= start)
        return NULL;
    *size = end - start;
    return (char *)start;
}

/* Tells in `ps` which agent is which; as far as there is room in the words it was started with. */
static void spawn_set_title(const struct lab *lab, const struct topology_pod *pod)
{
    size_t size = 0;
    char *arguments = spawn_arguments(&size);
    char title[96];

    if (!arguments)
        return;
    snprintf(title, sizeof(title), "waypost: agent %s/%s", lab->name, pod->name);
    memset(arguments, 0, size);
    strncpy(arguments, title, size - 1);
}

static _Noreturn void spawn_child_main(const struct lab *lab, const struct topology_pod *pod,
                                       bool witnessed, int ready_fd, pid_t parent)
{
    int r;

    /* Until it is in its cgroup nobody else would find it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    prctl(PR_SET_NAME, "waypost-agent");
    setsid();
    if (chdir("/") < 0)
        _exit(1);
    spawn_set_title(lab, pod);
    spawn_handle_signals();
    r = spawn_become_agent(lab, pod, witnessed, ready_fd);
    fprintf(stderr, "waypost: " AGENT_ENDED_WITH "exit code %d\n", r < 0 ? 1 : 0);
    fflush(NULL);
    _exit(r < 0 ? 1 : 0);
}

/* -- In the starter's ------------------------------------------------------------------------- */

static int spawn_fork(const struct lab *lab, const struct topology_pod *pod, bool witnessed,
                      struct spawn_child *child)
{
    pid_t parent = getpid();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe for the agent of pod '%s'", pod->name);
    child->pid = fork();
    if (child->pid < 0) {
        int r = err_r(errno, "cannot start the agent of pod '%s'", pod->name);

        close(fds[0]);
        close(fds[1]);
        return r;
    }
    if (child->pid == 0)
        spawn_child_main(lab, pod, witnessed, fds[1], parent);
    close(fds[1]);
    child->ready_fd = fds[0];
    child->pod = pod;
    return 0;
}

static void spawn_kill(struct spawn_child *children, size_t n)
{
    for (size_t i = 0; i < n; i++)
        kill(children[i].pid, SIGKILL);
    for (size_t i = 0; i < n; i++) {
        waitpid(children[i].pid, NULL, 0);
        if (children[i].ready_fd >= 0)
            close(children[i].ready_fd);
    }
}

static int spawn_died(const struct lab *lab, const struct spawn_child *child)
{
    _cleanup_free_ char *words = NULL;
    _cleanup_free_ char *log = NULL;
    int r = pod_log_path(lab, child->pod->name, &log);

    if (r < 0)
        return r;
    words = pod_log_last_words(log);
    return err_say(ECHILD, "the agent of pod '%s' ended while it started: %s", child->pod->name,
                   words ? words : "its log says nothing");
}

static int spawn_read_ready(const struct lab *lab, struct spawn_child *child)
{
    char line[512];
    ssize_t n = read(child->ready_fd, line, sizeof(line) - 1);

    close(TAKE_FD(child->ready_fd));
    if (n <= 0)
        return spawn_died(lab, child);
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "ok") == 0)
        return 0;
    if (strncmp(line, SHORTAGE_WORD, strlen(SHORTAGE_WORD)) == 0)
        return err_say(ECHILD, SHORTAGE_WORD "the agent of pod '%s' cannot start: %s",
                       child->pod->name, line + strlen(SHORTAGE_WORD));
    return err_say(ECHILD, "the agent of pod '%s' cannot start: %s", child->pod->name, line);
}

/* A signal ends it. */
static int spawn_wait_for(int fd, struct patience *patience)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    for (;;) {
        int left = patience_left_ms(patience);
        int r = poll(&poll_fd, 1, left);

        if (r != 0)
            return r < 0 ? -errno : 0;
        if (left == 0)
            return patience_outcome(patience);
    }
}

/* Waits for every ready line, one after the other: the last one decides how long it takes. */
static int spawn_wait(const struct lab *lab, struct spawn_child *children, size_t n,
                      struct patience *patience)
{
    for (size_t i = 0; i < n; i++) {
        int r = spawn_wait_for(children[i].ready_fd, patience);

        if (r == -PATIENCE_STARVED)
            return patience_say(patience, "whether the agents start");
        if (r < 0 && r != -ETIME)
            return r == -EINTR ? r : err_r(r, "cannot wait for the agents");
        if (r < 0)
            return err_say(ETIMEDOUT, "the agent of pod '%s' does not answer after %d s",
                           children[i].pod->name, SPAWN_DEADLINE_MS / 1000);
        r = spawn_read_ready(lab, &children[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int spawn_wave(const struct lab *lab, size_t first, size_t n, bool witnessed,
                      struct spawn_child *children, const struct stop *stop)
{
    struct patience patience;
    size_t started = 0;
    int r = 0;

    patience_start(&patience, SPAWN_DEADLINE_MS);
    while (started < n && r == 0) {
        r = stop_asked(stop);
        if (r < 0)
            break;
        r = spawn_fork(lab, &lab->topology->pods[first + started], witnessed, &children[started]);
        if (r == 0)
            started++;
    }
    if (r == 0)
        r = spawn_wait(lab, children, n, &patience);
    if (r < 0)
        spawn_kill(children, started);
    return r;
}

static int spawn_make_dir(const struct lab *lab, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/%s", lab->state_dir, name);

    if (r < 0)
        return r;
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", path);
    return 0;
}

int spawn_agents(const struct lab *lab, bool witnessed, const struct stop *stop)
{
    size_t n_pods = lab->topology->n_pods;
    _cleanup_free_ struct spawn_child *children = calloc(n_pods, sizeof(*children));
    int r;

    if (!children)
        return err_r(ENOMEM, "cannot start the agents");
    r = spawn_make_dir(lab, "agents");
    if (r < 0)
        return r;
    r = spawn_make_dir(lab, "logs");
    for (size_t first = 0; r == 0 && first < n_pods; first += SPAWN_WAVE) {
        size_t n = n_pods - first < SPAWN_WAVE ? n_pods - first : SPAWN_WAVE;

        r = spawn_wave(lab, first, n, witnessed, children + first, stop);
        if (r < 0)
            spawn_kill(children, first);
    }
    return r;
}
