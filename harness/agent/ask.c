// SPDX-License-Identifier: Apache-2.0
#include "agent/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/call.h"
#include "agent/pod_files.h"
#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/shortage.h"

#define ASK_DEADLINE_MS 5000

static int ask_gone(const struct lab *lab, const char *pod)
{
    _cleanup_free_ char *words = NULL;
    _cleanup_free_ char *log = NULL;
    int r = pod_log_path(lab, pod, &log);

    if (r < 0)
        return r;
    if (access(log, F_OK) < 0)
        return err_say(EPIPE, "pod '%s' has no agent: the lab was built without agents", pod);
    words = pod_log_last_words(log);
    if (words)
        return err_say(EPIPE, "the agent of pod '%s' is gone (see %s): it ended with %s", pod, log,
                       words);
    return err_say(EPIPE,
                   "the agent of pod '%s' is gone (see %s): it ended without a word, as by "
                   "SIGKILL",
                   pod, log);
}

static bool ask_is_gone(int r)
{
    return r == -ECONNREFUSED || r == -ECONNRESET || r == -EPIPE || r == -ENOENT;
}

/* The first error that agent_call() says: what to make of it is known behind the call. */
static void ask_sink(enum log_level level, const char *message, void *data)
{
    char **first = data;

    if (level == LOG_ERROR && !*first)
        *first = strdup(message);
}

/* With `out_fd`, a descriptor is wanted too. */
static int ask(const struct lab *lab, const char *pod, const json_t *request, int deadline_ms,
               json_t **answer, int *out_fd)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *said = NULL;
    int r = pod_socket_path(lab, pod, &path);

    if (r < 0)
        return r;
    log_set_sink(ask_sink, &said);
    r = out_fd ? agent_call_for_fd(path, request, deadline_ms, answer, out_fd)
               : agent_call(path, request, deadline_ms, answer);
    log_set_sink(NULL, NULL);
    if (r >= 0)
        return r;
    if (ask_is_gone(r))
        return ask_gone(lab, pod);
    if (said &&
        (r == -PATIENCE_STARVED || strncmp(said, SHORTAGE_WORD, strlen(SHORTAGE_WORD)) == 0))
        return err_say(r, "%s", said);
    return err_say(r, "the agent of pod '%s': %s", pod, said ? said : strerror(-r));
}

int ask_agent(const struct lab *lab, const char *pod, const json_t *request, int deadline_ms,
              json_t **answer)
{
    return ask(lab, pod, request, deadline_ms, answer, NULL);
}

int ask_socket(const struct lab *lab, const char *pod, const json_t *request, json_t **answer,
               int *out_fd)
{
    return ask(lab, pod, request, ASK_DEADLINE_MS, answer, out_fd);
}

int ask_pid(const struct lab *lab, const char *pod, pid_t *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t length = sizeof(peer);
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    _cleanup_free_ char *path = NULL;

    if (fd < 0)
        return -errno;
    if (pod_socket_path(lab, pod, &path) < 0)
        return -ESRCH;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -ESRCH;
    *out = peer.pid;
    return 0;
}

int ask_manage(const struct lab *lab, const char *pod, const char *command, enum family family)
{
    _cleanup_json_ json_t *request = json_pack("{s:s, s:s, s:s}", "op", "manage", "command",
                                               command, "family", family_name(family));
    _cleanup_json_ json_t *answer = NULL;
    const char *name = NULL;
    int r = ask_agent(lab, pod, request, ASK_DEADLINE_MS, &answer);

    if (r < 0)
        return r;
    r = json_get_optional_string(answer, "errno", &name);
    if (r == 0 && name)
        return err_say(ECONNABORTED, "pod '%s': the control connect for '%s' over %s failed: %s",
                       pod, command, family_name(family), name);
    return r;
}

int ask_enrol(const struct lab *lab, const struct stop *stop)
{
    const struct topology *t = lab->topology;

    for (size_t i = 0; i < t->n_pods; i++) {
        const struct topology_pod *pod = &t->pods[i];
        int r = stop_asked(stop);

        if (r < 0)
            return r;
        if (!pod->managed)
            continue;
        if (pod->v4.af != AF_UNSPEC)
            r = ask_manage(lab, pod->name, "enable", FAMILY_V4);
        if (r == 0 && pod->v6.af != AF_UNSPEC)
            r = ask_manage(lab, pod->name, "enable", FAMILY_V6);
        if (r < 0)
            return r;
    }
    return 0;
}

int ask_reset(const struct lab *lab)
{
    _cleanup_json_ json_t *request = json_pack("{s:s}", "op", "reset");

    for (size_t i = 0; i < lab->topology->n_pods; i++) {
        _cleanup_json_ json_t *answer = NULL;
        int r = ask_agent(lab, lab->topology->pods[i].name, request, ASK_DEADLINE_MS, &answer);

        if (r < 0)
            return r;
    }
    return 0;
}
