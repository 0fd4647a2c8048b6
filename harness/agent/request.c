// SPDX-License-Identifier: Apache-2.0
#include "agent/request.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "agent/request_read.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

static const char *const request_command_names[] = {"disable", "enable", NULL};

/* The address in the form that a socket of the family takes. */
static int request_fit_family(struct address *address, enum family family, const char *key)
{
    if (family == FAMILY_MAPPED)
        *address = address_mapped(address);
    if (address->af == (family == FAMILY_V4 ? AF_INET : AF_INET6))
        return 0;
    return err_say(EINVAL, "'%s' is not an address for a socket of family %s", key,
                   family_name(family));
}

static int request_parse_to(const json_t *object, struct flow_request *request)
{
    int r = request_get_address_port(object, "to", &request->has_to, &request->to);

    if (r < 0 || !request->has_to)
        return r;
    return request_fit_family(&request->to.address, request->family, "to");
}

static int request_parse_also(const json_t *object, struct flow_request *request)
{
    const json_t *list = json_object_get(object, "also"), *item;
    char quoted[TEXT_QUOTE_MAX];
    size_t i;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list) || json_array_size(list) > FLOW_ALSO_MAX)
        return err_say(EINVAL, "'also' must be a list of at most %d ADDRESS:PORT", FLOW_ALSO_MAX);
    json_array_foreach (list, i, item) {
        const char *text = json_string_value(item);
        struct address_port *also = &request->also[i];
        int r;

        if (!text || address_port_parse(text, also) < 0)
            return err_say(EINVAL, "'also' has '%s', must be ADDRESS:PORT",
                           text_quote(text ? text : "?", quoted));
        r = request_fit_family(&also->address, request->family, "also");
        if (r < 0)
            return r;
    }
    request->n_also = json_array_size(list);
    return 0;
}

/* "ADDRESS", "ADDRESS:PORT", "[ADDRESS]:PORT" or ":PORT". */
static int request_read_from(const char *text, struct flow_request *request)
{
    struct address_port *from = &request->from;
    char port[ADDRESS_TEXT_MAX];

    if (text[0] == ':' && text[1] >= '0' && text[1] <= '9') {
        snprintf(port, sizeof(port), "0.0.0.0%s", text);
        if (address_port_parse(port, from) < 0)
            return -EINVAL;
        from->address = (struct address){};
        return 0;
    }
    if (address_port_parse(text, from) == 0)
        return 0;
    from->port = 0;
    return address_parse(text, &from->address);
}

static int request_parse_from(const json_t *object, struct flow_request *request)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *text = NULL;
    int64_t port = -1;
    int r = json_get_optional_string(object, "from", &text);

    if (r < 0)
        return r;
    r = json_get_optional_integer(object, "from_port", 0, UINT16_MAX, &port);
    if (r < 0 || (!text && port < 0))
        return r;
    if (text && request_read_from(text, request) < 0)
        return err_say(EINVAL, "'from' is '%s', must be ADDRESS, ADDRESS:PORT or :PORT",
                       text_quote(text, quoted));
    if (port >= 0)
        request->from.port = (uint16_t)port;
    request->has_from = true;
    if (request->from.address.af == AF_UNSPEC) {
        request->from.address.af = request->family == FAMILY_V4 ? AF_INET : AF_INET6;
        return 0;
    }
    return request_fit_family(&request->from.address, request->family, "from");
}

/* Default: to the end of the stream where the client ends its own, nothing where it goes away or
 * keeps the socket, and of UDP as much as was sent. */
static void request_default_receive(struct flow_request *request)
{
    if (request->protocol == IPPROTO_UDP) {
        request->receive = RECEIVE_BYTES;
        request->receive_bytes = request->bytes * (1 + request->n_also);
    } else {
        request->receive = request->end == END_HALF_CLOSE ? RECEIVE_EOF : RECEIVE_NONE;
    }
}

static int request_parse_receive(const json_t *object, struct flow_request *request)
{
    const json_t *value = json_object_get(object, "receive");
    int64_t bytes = 0;
    int r;

    if (!value || json_is_null(value)) {
        request_default_receive(request);
        return 0;
    }
    if (json_is_string(value)) {
        bool eof = strcmp(json_string_value(value), "eof") == 0;

        if (!eof && strcmp(json_string_value(value), "none") != 0)
            return err_say(EINVAL, "'receive' must be a number of bytes, \"eof\" or \"none\"");
        request->receive = eof ? RECEIVE_EOF : RECEIVE_NONE;
        return 0;
    }
    r = json_get_integer(object, "receive", 0, FLOW_BYTES_MAX, &bytes);
    request->receive = bytes ? RECEIVE_BYTES : RECEIVE_NONE;
    request->receive_bytes = (uint64_t)bytes;
    return r;
}

static int request_parse_socket(const json_t *object, struct flow_request *request)
{
    const char *name = NULL;
    int r = json_get_optional_string(object, "socket", &name);

    if (r < 0 || !name)
        return r;
    if (!flow_socket_name_ok(name))
        return err_say(EINVAL, "'socket' must be 1 to %d letters, digits, '.', '_' or '-'",
                       FLOW_NAME_MAX);
    strcpy(request->socket, name);
    return 0;
}

static int request_parse_send(const json_t *object, struct flow_request *request)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *name = "send";
    int64_t bytes = FLOW_BYTES;
    int64_t chunk = request->protocol == IPPROTO_UDP ? FLOW_CHUNK_UDP : FLOW_CHUNK;
    const struct request_number numbers[] = {{"bytes", 0, FLOW_BYTES_MAX, &bytes},
                                             {"chunk", 1, FLOW_CHUNK_MAX, &chunk}};
    int r = json_get_optional_string(object, "send", &name);

    if (r < 0)
        return r;
    r = request_get_numbers(object, numbers, ARRAY_SIZE(numbers));
    if (r < 0)
        return r;
    request->method = send_method_find(name);
    if (!request->method)
        return err_say(EINVAL, "there is no way of sending '%s'", text_quote(name, quoted));
    request->bytes = (uint64_t)bytes;
    request->chunk = request->method->chunk ? request->method->chunk : (size_t)chunk;
    return 0;
}

static int request_parse_choices(const json_t *object, struct flow_request *request)
{
    unsigned int family = FAMILY_V4, protocol = 0, by = FLOW_BY_MAIN;
    unsigned int early = EARLY_NONE, end = END_HALF_CLOSE;
    const struct request_choice choices[] = {
        {"family", flow_family_names, &family},
        {"protocol", flow_protocol_names, &protocol},
        {"by", flow_by_names, &by},
        {"early", flow_early_names, &early},
        {"end", flow_end_names, &end},
    };
    int r = request_get_choices(object, choices, ARRAY_SIZE(choices));

    if (r < 0)
        return r;
    request->family = (enum family)family;
    request->protocol = protocol == 1 ? IPPROTO_UDP : IPPROTO_TCP;
    request->mptcp = protocol == 2;
    request->by = (enum flow_by)by;
    request->early = (enum flow_early)early;
    request->end = (enum flow_end)end;
    return 0;
}

static int request_parse_limits(const json_t *object, struct flow_request *request)
{
    int64_t deadline = FLOW_DEADLINE_MS, user_timeout = 0, repeat = 1;
    const struct request_number numbers[] = {
        {"deadline_ms", 1, FLOW_DEADLINE_MS_MAX, &deadline},
        {"user_timeout_ms", 0, INT32_MAX, &user_timeout},
        {"repeat", 1, FLOW_REPEAT_MAX, &repeat},
    };
    int r = request_get_numbers(object, numbers, ARRAY_SIZE(numbers));

    if (r < 0)
        return r;
    request->deadline_ms = (int)deadline;
    request->user_timeout_ms = (int)user_timeout;
    request->repeat = (int)repeat;
    r = json_get_optional_bool(object, "nonblocking", &request->nonblocking);
    return r < 0 ? r : json_get_optional_bool(object, "disconnect", &request->disconnect);
}

/* What each member allows, and two of them do not. */
static int request_parse_reads(const json_t *object, struct flow_request *request)
{
    const char *text = NULL;
    int r = json_get_optional_string(object, "reads", &text);

    if (r < 0 || !text)
        return r;
    if (strlen(text) > FLOW_READS_MAX || text[strspn(text, "rpn")])
        return err_say(EINVAL, "'reads' must be at most %d letters r, p and n", FLOW_READS_MAX);
    if (request->protocol != IPPROTO_UDP)
        return err_say(EINVAL, "'reads' is for udp");
    snprintf(request->reads, sizeof(request->reads), "%s", text);
    return 0;
}

static int request_check_flow(const struct flow_request *request)
{
    if (!request->has_to && !*request->socket)
        return err_say(EINVAL, "'to' is missing, and there is no 'socket' to go on with");
    if (request->end == END_KEEP && !*request->socket)
        return err_say(EINVAL, "'end' is keep, which needs a name: 'socket'");
    if (request->repeat > 1 && (!request->has_to || *request->socket ||
                                request->protocol != IPPROTO_TCP || request->early != EARLY_NONE))
        return err_say(EINVAL, "'repeat' is for whole tcp flows: with 'to', without 'socket' and "
                               "'early'");
    if (request->n_also && (!request->has_to || request->protocol != IPPROTO_UDP ||
                            strcmp(request->method->name, "sendto") != 0))
        return err_say(EINVAL, "'also' is for udp that is sent by 'sendto': with 'to'");
    if (request->n_also && (!request->bytes || request->bytes > request->chunk))
        return err_say(EINVAL,
                       "with 'also' each destination gets one datagram: 'bytes' must be 1 "
                       "to %zu",
                       request->chunk);
    if (request->early == EARLY_NONE)
        return 0;
    if (request->protocol != IPPROTO_TCP || request->mptcp)
        return err_say(EINVAL, "'early' is for tcp");
    if (!request->has_to)
        return err_say(EINVAL, "'early' needs 'to': it happens while connecting");
    if (request->early == EARLY_FASTOPEN && request->by != FLOW_BY_MAIN)
        return err_say(EINVAL, "'early' fastopen has no connect that another could make");
    return 0;
}

int request_parse_flow(const json_t *object, struct flow_request *out)
{
    static const char *const known[] = {
        "op",          "to",     "family",  "protocol",   "from",   "from_port", "nonblocking",
        "by",          "send",   "bytes",   "chunk",      "early",  "end",       "user_timeout_ms",
        "deadline_ms", "socket", "receive", "disconnect", "repeat", "also",      "reads",
        NULL};
    /* In this order: defaults depend on what was read before. */
    static int (*const parts[])(const json_t *, struct flow_request *) = {
        request_parse_choices, request_parse_to,     request_parse_from,
        request_parse_also,    request_parse_send,   request_parse_receive,
        request_parse_socket,  request_parse_limits, request_parse_reads};
    struct flow_request request = {};
    int r = request_check_keys((json_t *)object, known);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        r = parts[i](object, &request);
        if (r < 0)
            return r;
    }
    r = request_check_flow(&request);
    if (r < 0)
        return r;
    *out = request;
    return 0;
}

static int request_parse_query(const json_t *object, struct record_query *query)
{
    bool has_peer = false;
    int64_t bytes = 0;
    const struct request_number numbers[] = {{"since_ns", 0, INT64_MAX, &query->since_ns},
                                             {"bytes", 0, FLOW_BYTES_MAX, &bytes}};
    int r = request_get_address_port(object, "peer", &has_peer, &query->peer);

    if (r < 0)
        return r;
    r = request_get_address_port(object, "local", &query->has_local, &query->local);
    if (r < 0)
        return r;
    r = request_get_numbers(object, numbers, ARRAY_SIZE(numbers));
    if (r < 0)
        return r;
    if (!has_peer)
        return err_say(EINVAL, "'peer' is missing: the client's ADDRESS:PORT");
    query->peer.address = address_unmapped(&query->peer.address);
    query->local.address = address_unmapped(&query->local.address);
    query->bytes = (uint64_t)bytes;
    return json_get_optional_bool(object, "final", &query->final);
}

int request_parse_accepted(const json_t *object, struct record_query *out, int *deadline_ms)
{
    static const char *const known[] = {"op",    "peer",     "local",       "final",
                                        "bytes", "since_ns", "deadline_ms", NULL};
    struct record_query query = {.final = true};
    int64_t deadline = FLOW_DEADLINE_MS;
    int r = request_check_keys((json_t *)object, known);

    if (r < 0)
        return r;
    r = json_get_optional_integer(object, "deadline_ms", 0, FLOW_DEADLINE_MS_MAX, &deadline);
    if (r < 0)
        return r;
    r = request_parse_query(object, &query);
    if (r < 0)
        return r;
    *deadline_ms = (int)deadline;
    *out = query;
    return 0;
}

int request_parse_manage(const json_t *object, struct manage_request *out)
{
    static const char *const known[] = {"op", "command", "family", NULL};
    unsigned int command = UINT32_MAX, family = FAMILY_V4;
    const struct request_choice choices[] = {{"command", request_command_names, &command},
                                             {"family", flow_family_names, &family}};
    int r = request_check_keys((json_t *)object, known);

    if (r < 0)
        return r;
    r = request_get_choices(object, choices, ARRAY_SIZE(choices));
    if (r < 0)
        return r;
    if (command == UINT32_MAX)
        return err_say(EINVAL, "'command' is missing: enable or disable");
    *out = (struct manage_request){command == 1, (enum family)family};
    return 0;
}
