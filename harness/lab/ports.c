// SPDX-License-Identifier: Apache-2.0
#include "lab/ports.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "place/bpffs.h"
#include "cgroup/cgroup.h"
#include "place/cgroup_root.h"
#include "maps/layout.h"
#include "net/ns.h"

/* Two bytes that differ. */
#define PORTS_PORT 0x1234
/* Nothing waits that long but where the programs let nothing through. */
#define PORTS_DEADLINE_MS 10000
/* How the child ends: PORTS_STARVED when the machine gave the connection no turn. */
enum { PORTS_CONNECTED, PORTS_NOT_CONNECTED, PORTS_STARVED };

struct ports_record {
    uint32_t family;
    struct km_tuple tuple;
};

struct ports_probe {
    const struct programs_node *node;
    struct lab lab; /* of nothing but a cgroup */
    int manage_fd;
    uint64_t *cookie; /* of the namespace; shared with the child, which makes it */
    enum ports_order order;
};

const char *ports_order_name(enum ports_order order)
{
    static const char *const names[] = {NULL, "host", "network", "unknown"};

    return names[order];
}

/* ---- the child: the connection ---- */

static int ports_write_manage(const struct ports_probe *probe, const void *bytes, size_t size)
{
    struct km_manage_key key = {};
    uint32_t value = 0;

    memcpy(key.bytes, bytes, size);
    return bpf_map_update_elem(probe->manage_fd, &key, &value, BPF_ANY);
}

static void ports_delete_manage(const struct ports_probe *probe, const void *bytes, size_t size)
{
    struct km_manage_key key = {};

    memcpy(key.bytes, bytes, size);
    bpf_map_delete_elem(probe->manage_fd, &key);
}

static int ports_enter_cgroup(const char *dir)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;

    if (text_format(&path, "%s/cgroup.procs", dir) < 0)
        return -ENOMEM;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, "0", 1) == 1 ? 0 : -errno;
}

/* The namespace is new: nobody else has the port. */
static int ports_make_namespace(const struct ports_probe *probe)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    const struct in_addr local = {htonl(INADDR_LOOPBACK)};
    _cleanup_close_ int fd = -1;
    int r;

    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
        return -errno;
    r = net_ns_cookie(probe->cookie);
    if (r < 0)
        return r;
    if (ports_write_manage(probe, probe->cookie, sizeof(*probe->cookie)) < 0 ||
        ports_write_manage(probe, &local, sizeof(local)) < 0)
        return -errno;
    return 0;
}

static int ports_socket(int *out)
{
    /* Ends with a reset: no state stays behind. */
    struct linger linger = {.l_onoff = 1};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
        return -errno;
    *out = TAKE_FD(fd);
    return 0;
}

/* When accept() returns, the program has seen both ends established. */
static int ports_connect(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(PORTS_PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    _cleanup_close_ int server = -1, client = -1, accepted = -1;
    struct patience patience;
    int r;

    patience_start(&patience, PORTS_DEADLINE_MS);
    if (ports_socket(&server) < 0 || ports_socket(&client) < 0 ||
        bind(server, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(server, 1) < 0 ||
        (connect(client, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
         errno != EINPROGRESS))
        return -errno;
    r = patience_wait(server, POLLIN, -1, &patience);
    if (r < 0)
        return r;
    accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    return accepted < 0 ? -errno : 0;
}

static int ports_child(const struct ports_probe *probe, pid_t parent)
{
    int r;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        return -ESRCH;
    r = ports_enter_cgroup(probe->lab.cgroup_dir);
    if (r < 0)
        return r;
    r = ports_make_namespace(probe);
    return r < 0 ? r : ports_connect();
}

/* ---- the answer ---- */

static int ports_take(void *data, void *bytes, size_t size)
{
    const uint32_t local = htonl(INADDR_LOOPBACK);
    struct ports_probe *probe = data;
    struct ports_record record;
    uint16_t port;

    if (size < sizeof(record))
        return 0;
    memcpy(&record, bytes, sizeof(record));
    memcpy(&port, record.tuple.bytes + 10, sizeof(port));
    if (memcmp(record.tuple.bytes, &local, 4) != 0 ||
        memcmp(record.tuple.bytes + 4, &local, 4) != 0)
        return 0;
    if (port == PORTS_PORT)
        probe->order = PORTS_HOST;
    else if (port == htons(PORTS_PORT))
        probe->order = PORTS_NETWORK;
    return 0;
}

static int ports_pass(void *data, void *bytes, size_t size)
{
    (void)data;
    (void)bytes;
    (void)size;
    return 0;
}

/* Every ring buffer is emptied, so that no lab sees this connection. */
static void ports_read(struct ports_probe *probe)
{
    for (size_t i = 0; i < probe->node->n_maps; i++) {
        const struct programs_map *map = &probe->node->maps[i];
        bool asked = strcmp(map->pin, "km_auth_req") == 0;
        struct ring_buffer *ring =
            map->type == BPF_MAP_TYPE_RINGBUF
                ? ring_buffer__new(map->fd, asked ? ports_take : ports_pass, probe, NULL)
                : NULL;

        if (ring)
            ring_buffer__consume(ring);
        ring_buffer__free(ring);
    }
}

/* ---- the probe ---- */

static int ports_make_cgroup(struct lab *lab)
{
    static struct topology nothing;
    int r = cgroup_root(&lab->cgroup_root);

    lab->topology = &nothing;
    lab->name = (char *)"ports";
    if (r < 0)
        return r;
    r = text_format(&lab->run, "ports-%d", getpid());
    if (r < 0)
        return r;
    r = text_format(&lab->cgroup_dir, "%s/waypost/%s/%s", lab->cgroup_root, lab->run, lab->name);
    return r < 0 ? r : cgroup_up(lab, NULL);
}

static void ports_free(struct ports_probe *probe)
{
    const struct in_addr local = {htonl(INADDR_LOOPBACK)};

    if (probe->cookie && *probe->cookie) {
        ports_delete_manage(probe, probe->cookie, sizeof(*probe->cookie));
        ports_delete_manage(probe, &local, sizeof(local));
    }
    if (probe->cookie)
        munmap(probe->cookie, sizeof(*probe->cookie));
    if (probe->lab.cgroup_dir)
        (void)cgroup_down(&probe->lab, NULL);
    free(probe->lab.cgroup_root);
    free(probe->lab.cgroup_dir);
    free(probe->lab.run);
}

static int ports_run_child(const struct ports_probe *probe)
{
    pid_t parent = getpid(), pid = fork();
    int status, r;

    if (pid < 0)
        return -errno;
    if (pid == 0) {
        r = ports_child(probe, parent);
        _exit(r == 0                   ? PORTS_CONNECTED
              : r == -PATIENCE_STARVED ? PORTS_STARVED
                                       : PORTS_NOT_CONNECTED);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (!WIFEXITED(status) || WEXITSTATUS(status) == PORTS_NOT_CONNECTED)
        return -EIO;
    return WEXITSTATUS(status) == PORTS_STARVED ? -PATIENCE_STARVED : 0;
}

static int ports_try(struct ports_probe *probe, int program_fd)
{
    _cleanup_close_ int cgroup_fd = -1, link = -1;
    int r = ports_make_cgroup(&probe->lab);

    if (r < 0)
        return r;
    probe->cookie = mmap(NULL, sizeof(*probe->cookie), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (probe->cookie == MAP_FAILED) {
        probe->cookie = NULL;
        return -errno;
    }
    r = cgroup_open_lab(&probe->lab, &cgroup_fd);
    if (r < 0)
        return r;
    link = bpf_link_create(program_fd, cgroup_fd, BPF_CGROUP_SOCK_OPS, NULL);
    if (link < 0)
        return link;
    r = ports_run_child(probe);
    ports_read(probe);
    return r;
}

static struct bpf_program *ports_sockops(const struct programs_node *node, size_t *file)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++)
        if (rows[i].type == BPF_PROG_TYPE_SOCK_OPS)
            return programs_node_program(node, &rows[i], file);
    return NULL;
}

bool ports_is_asked(const struct programs_node *node)
{
    size_t file;

    return ports_sockops(node, &file) && !node->files->files[file].own;
}

int ports_find(const struct programs_node *node)
{
    _cleanup_(ports_free) struct ports_probe probe = {.node = node, .order = PORTS_UNKNOWN};
    const struct programs_map *manage = programs_node_map(node, "km_manage");
    size_t file;
    struct bpf_program *sockops = ports_sockops(node, &file);
    int r;

    if (!sockops || !manage || !programs_node_map(node, "km_auth_req"))
        return PORTS_UNKNOWN;
    probe.manage_fd = manage->fd;
    r = ports_try(&probe, bpf_program__fd(sockops));
    if (r == -PATIENCE_STARVED && probe.order == PORTS_UNKNOWN)
        return err_say(PATIENCE_STARVED, PATIENCE_WORD
                       "the byte order of ports: the connection that tells it had no turn; run it "
                       "again with less beside it");
    if (r < 0)
        log_info("the byte order of ports was not found out: %s", strerror(-r));
    return (int)probe.order;
}
