// SPDX-License-Identifier: Apache-2.0
#include "cli/flow_line.h"

#include <errno.h>
#include <string.h>

#include "agent/flow_terms.h"
#include "cli/cli.h"
#include "common/json.h"
#include "common/log.h"

enum {
    KEY_FAMILY = 256,
    KEY_PROTOCOL,
    KEY_FROM,
    KEY_FROM_PORT,
    KEY_NONBLOCKING,
    KEY_THREAD,
    KEY_CHILD,
    KEY_SEND,
    KEY_BYTES,
    KEY_CHUNK,
    KEY_EARLY,
    KEY_END,
    KEY_RECEIVE,
    KEY_USER_TIMEOUT,
    KEY_DEADLINE,
    KEY_SOCKET,
    KEY_DISCONNECT,
    KEY_REPEAT,
    KEY_VARS,
    KEY_ALSO,
    KEY_READS,
};

static const struct argp_option flow_options[] = {
    {NULL, 0, NULL, 0, "The connection:", 1},
    {"family", KEY_FAMILY, "FAMILY", 0,
     "v4, v6 or mapped: an IPv6 socket to ::ffff:a.b.c.d (default: $WAYPOST_FAMILY, else v4)", 1},
    {"protocol", KEY_PROTOCOL, "tcp|udp|mptcp", 0, "Default: tcp", 1},
    {"from", KEY_FROM, "ADDRESS[:PORT]", 0, "Bind the socket to it first", 1},
    {"from-port", KEY_FROM_PORT, "PORT", 0, "Bind the socket to this port first", 1},
    {"nonblocking", KEY_NONBLOCKING, NULL, 0, "Connect non-blocking, and wait for the event", 1},
    {"thread", KEY_THREAD, NULL, 0, "Another thread makes the connection", 1},
    {"child", KEY_CHILD, NULL, 0, "A forked child makes the connection", 1},
    {"user-timeout", KEY_USER_TIMEOUT, "MS", 0, "Set TCP_USER_TIMEOUT", 1},
    {"repeat", KEY_REPEAT, "N", 0,
     "Make N connections and count where they ended; all but the last are closed at once", 1},
    {NULL, 0, NULL, 0, "The payload:", 2},
    {"send", KEY_SEND, "WAY", 0,
     "write, writev, send (default), sendmsg, sendto, sendfile, splice, more, zerocopy, io_uring, "
     "io_uring_zc, byte (one at a time) or big (1 MiB at once)",
     2},
    {"bytes", KEY_BYTES, "N", 0, "How many (default 64; 0 sends nothing)", 2},
    {"chunk", KEY_CHUNK, "N", 0, "At most N bytes per call", 2},
    {"also", KEY_ALSO, "TARGET:PORT", 0,
     "UDP, with --send sendto: one datagram to TARGET, then one to this; up to 7 times", 2},
    {"early", KEY_EARLY, "WAY", 0,
     "Hand bytes over before the connection is up: fastopen, fastopen-connect, "
     "fastopen-connect-cookie (asks for a cookie first) or blocked-send",
     2},
    {"receive", KEY_RECEIVE, "N|eof|none", 0,
     "Read N bytes, to the end (default with half-close), or nothing; UDP: default as many as sent",
     2},
    {"reads", KEY_READS, "LETTERS", 0,
     "UDP: how each read is made: r recvfrom(), p the same with MSG_PEEK, n without asking for the "
     "source; the rest as the last. All of them count for --receive",
     2},
    {"end", KEY_END, "WAY", 0, "half-close (default), close, reset or keep (with --socket)", 2},
    {"deadline", KEY_DEADLINE, "MS", 0, "For all of it (default 5000)", 2},
    {NULL, 0, NULL, 0, "A socket for several flows:", 3},
    {"socket", KEY_SOCKET, "NAME", 0,
     "Use the agent's socket of that name: with a target it connects (again), with - as TARGET it "
     "goes on",
     3},
    {"disconnect", KEY_DISCONNECT, NULL, 0, "connect(AF_UNSPEC) first", 3},
    {NULL, 0, NULL, 0, "What is printed:", 4},
    {"json", 'j', NULL, 0, "The observation as one line of JSON", 4},
    {"vars", KEY_VARS, NULL, 0, "The observation as NAME=VALUE lines", 4},
    {"output", 'o', "FILE", 0, "Write the JSON to FILE as well", 4},
    {0},
};

/* Options of which the request says the same as the command line. */
struct flow_text_option {
    int key;
    const char *option, *member;
    const char *const *choices;
};

static const struct flow_text_option flow_text_options[] = {
    {KEY_PROTOCOL, "--protocol", "protocol", flow_protocol_names},
    {KEY_EARLY, "--early", "early", flow_early_names + 1},
    {KEY_END, "--end", "end", flow_end_names},
};

struct flow_number_option {
    int key;
    const char *option, *member;
    int64_t min, max;
};

static const struct flow_number_option flow_number_options[] = {
    {KEY_BYTES, "--bytes", "bytes", 0, FLOW_BYTES_MAX},
    {KEY_CHUNK, "--chunk", "chunk", 1, FLOW_CHUNK_MAX},
    {KEY_RECEIVE, "--receive", "receive", 0, FLOW_BYTES_MAX},
    {KEY_USER_TIMEOUT, "--user-timeout", "user_timeout_ms", 1, FLOW_DEADLINE_MS_MAX},
    {KEY_DEADLINE, "--deadline", "deadline_ms", 1, FLOW_DEADLINE_MS_MAX},
    {KEY_REPEAT, "--repeat", "repeat", 1, FLOW_REPEAT_MAX},
};

static int flow_set(struct flow_line *line, const char *member, json_t *value)
{
    /* set_new() takes the value also when it fails. */
    if (json_object_set_new(line->request, member, value) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    return 0;
}

static int flow_set_from(const struct cli_command *command, struct flow_line *line,
                         const char *text)
{
    struct address_port from = {.port = 0};

    if (address_port_parse(text, &from) < 0 && address_parse(text, &from.address) < 0)
        return cli_usage(command, "--from is '%.60s', must be ADDRESS or ADDRESS:PORT", text);
    return flow_set(line, "from", json_address_port(&from));
}

static int flow_set_socket(const struct cli_command *command, struct flow_line *line,
                           const char *name)
{
    if (!flow_socket_name_ok(name))
        return cli_usage(command, "--socket is '%.40s', must be 1 to %d letters, digits, ., _ or -",
                         name, FLOW_NAME_MAX);
    return flow_set(line, "socket", json_string(name));
}

static int flow_set_send(const struct cli_command *command, struct flow_line *line,
                         const char *method)
{
    const char *names[SEND_METHODS + 1];

    send_method_names(names);
    if (cli_choice(command, "--send", method, names) < 0)
        return -EINVAL;
    return flow_set(line, "send", json_string(method));
}

/* Names are resolved when the lab is open. */
static int flow_add_also(const struct cli_command *command, struct flow_line *line,
                         const char *text)
{
    if (line->n_also == FLOW_ALSO_MAX)
        return cli_usage(command, "--also can be given %d times", FLOW_ALSO_MAX);
    line->also[line->n_also++] = text;
    return 0;
}

/* Options with a meaning of their own. */
static int flow_take_other(const struct cli_command *command, int key, const char *value,
                           struct flow_line *line)
{
    int64_t port;

    switch (key) {
    case KEY_FAMILY:
        return cli_family(command, value, &line->family);
    case KEY_FROM:
        return flow_set_from(command, line, value);
    case KEY_FROM_PORT:
        if (cli_number(command, "--from-port", value, 1, UINT16_MAX, &port) < 0)
            return -EINVAL;
        return flow_set(line, "from_port", json_integer(port));
    case KEY_NONBLOCKING:
        return flow_set(line, "nonblocking", json_true());
    case KEY_THREAD:
        return flow_set(line, "by", json_string("thread"));
    case KEY_CHILD:
        return flow_set(line, "by", json_string("child"));
    case KEY_SOCKET:
        return flow_set_socket(command, line, value);
    case KEY_SEND:
        return flow_set_send(command, line, value);
    case KEY_ALSO:
        return flow_add_also(command, line, value);
    case KEY_READS:
        return flow_set(line, "reads", json_string(value));
    case KEY_DISCONNECT:
        return flow_set(line, "disconnect", json_true());
    case KEY_VARS:
        line->vars = true;
        return 0;
    case 'j':
        line->json = true;
        return 0;
    default:
        line->file = value;
        return 0;
    }
}

static int flow_take(const struct cli_command *command, int key, const char *value, void *data)
{
    struct flow_line *line = data;

    if (key == KEY_RECEIVE && (strcmp(value, "eof") == 0 || strcmp(value, "none") == 0))
        return flow_set(line, "receive", json_string(value));
    for (size_t i = 0; i < ARRAY_SIZE(flow_text_options); i++) {
        const struct flow_text_option *o = &flow_text_options[i];

        if (o->key == key)
            return cli_choice(command, o->option, value, o->choices) < 0
                       ? -EINVAL
                       : flow_set(line, o->member, json_string(value));
    }
    for (size_t i = 0; i < ARRAY_SIZE(flow_number_options); i++) {
        const struct flow_number_option *o = &flow_number_options[i];
        int64_t number;

        if (o->key == key)
            return cli_number(command, o->option, value, o->min, o->max, &number) < 0
                       ? -EINVAL
                       : flow_set(line, o->member, json_integer(number));
    }
    return flow_take_other(command, key, value, line);
}

/* What one option alone does not show. */
static int flow_check(const struct cli_command *command, const struct flow_line *line)
{
    const char *end = json_string_value(json_object_get(line->request, "end"));
    bool socket = json_object_get(line->request, "socket") != NULL;

    if (json_object_get(line->request, "from") && json_object_get(line->request, "from_port"))
        return cli_usage(command, "give --from or --from-port, not both");
    if (line->json && line->vars)
        return cli_usage(command, "give --json or --vars, not both");
    if (!line->target && !socket)
        return cli_usage(command, "TARGET is -, but which socket is to go on? --socket NAME");
    if (end && strcmp(end, "keep") == 0 && !socket)
        return cli_usage(command, "--end keep needs --socket NAME");
    return 0;
}

/* The other defaults are the agent's: they depend on one another. */
static int flow_finish(struct flow_line *line)
{
    const char *way = json_string_value(json_object_get(line->request, "send"));
    const char *end = json_string_value(json_object_get(line->request, "end"));
    const json_t *deadline = json_object_get(line->request, "deadline_ms");
    int r = flow_set(line, "family", json_string(family_name(line->family)));

    if (r == 0 && way && strcmp(way, "big") == 0 && !json_object_get(line->request, "bytes"))
        r = flow_set(line, "bytes", json_integer(SEND_CHUNK_MAX));
    line->keep = end && strcmp(end, "keep") == 0;
    line->deadline_ms = deadline ? (int)json_integer_value(deadline) : FLOW_DEADLINE_MS;
    return r < 0 ? r : flow_set(line, "deadline_ms", json_integer(line->deadline_ms));
}

int flow_read_line(int argc, char **argv, struct flow_line *out)
{
    static const char *const arguments[] = {"LAB", "POD", "TARGET:PORT", NULL};
    static const struct cli_command command = {
        .verb = "flow",
        .purpose = "Makes one flow from a pod and says what its client, the programs' hooks and "
                   "the listener that took it saw. A refused connection is an observation too",
        .usage = "LAB POD TARGET:PORT",
        .examples = "TARGET is a pod's or service's name, or an address ([v6]:PORT).\n\n"
                    "Examples:\n"
                    "  sudo waypost flow demo client web:80\n"
                    "  sudo waypost flow demo client 10.96.0.1:80 --send splice --bytes 1000000\n"
                    "  sudo waypost flow demo client web:80 --family v6 -j | jq .listener.tlv",
        .arguments = arguments,
        .required = 3,
        .options = flow_options,
        .option = flow_take,
    };
    struct cli_line line;
    int r;

    memset(out, 0, sizeof(*out));
    out->request = json_object();
    if (!out->request || flow_set(out, "op", json_string("flow")) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    r = cli_default_family(&command, &out->family);
    if (r < 0)
        return r;
    r = cli_parse(&command, argc, argv, out, &line);
    if (r < 0)
        return r;
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_name(&command, "POD", line.argument[1]) < 0)
        return -EINVAL;
    out->lab = line.argument[0];
    out->pod = line.argument[1];
    out->target = strcmp(line.argument[2], "-") == 0 ? NULL : line.argument[2];
    if (flow_check(&command, out) < 0)
        return -EINVAL;
    return flow_finish(out);
}

void flow_line_release(struct flow_line *line)
{
    json_decref(line->request);
    line->request = NULL;
}
