// SPDX-License-Identifier: Apache-2.0
#include "cli/marks_ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "lab/marks.h"
#include "lab/marks_witness.h"
#include "witness/marks.h"

struct marks_line {
    const struct lab *lab;
    const struct topology_node *node;
    const char *end, *word; /* a pod or another node; a protocol or a mark */
};

struct marks_action {
    const char *name;
    size_t arguments; /* behind its name */
    int (*run)(const struct marks_line *line);
};

static int marks_run_attach(const struct marks_line *line)
{
    return marks_attach_again(line->lab);
}

static int marks_run_detach(const struct marks_line *line)
{
    return marks_detach(line->lab);
}

static int marks_run_forget(const struct marks_line *line)
{
    return marks_witness_forget(line->lab);
}

static int marks_run_filters(const struct marks_line *line)
{
    size_t n = 0;
    int r = marks_count(line->lab, line->node, line->end, &n);

    if (r < 0)
        return r;
    printf("%zu\n", n);
    return 0;
}

static int marks_protocol(const char *word, uint32_t *out)
{
    static const struct {
        const char *name;
        uint32_t number;
    } protocols[] = {{"tcp", IPPROTO_TCP},      {"udp", IPPROTO_UDP},
                     {"icmp", IPPROTO_ICMP},    {"esp", IPPROTO_ESP},
                     {"icmp6", IPPROTO_ICMPV6}, {"other", WITNESS_MARKS_OTHER}};

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (strcmp(protocols[i].name, word) == 0) {
            *out = protocols[i].number;
            return 0;
        }
    }
    return err_say(EINVAL, "'%s' is no protocol, must be tcp, udp, icmp, icmp6, esp or other",
                   word);
}

static int marks_run_seen(const struct marks_line *line)
{
    _cleanup_json_ json_t *seen = NULL;
    uint32_t protocol = 0;
    int r = marks_protocol(line->word, &protocol);

    if (r < 0)
        return r;
    r = marks_witness_seen(line->lab, line->node, line->end, protocol, &seen);
    if (r < 0)
        return r;
    json_dumpf(seen, stdout, JSON_COMPACT);
    putchar('\n');
    return 0;
}

static int marks_run_set(const struct marks_line *line)
{
    unsigned long mark;
    char *end;

    errno = 0;
    mark = strtoul(line->word, &end, 16);
    if (errno || end == line->word || *end || mark > UINT32_MAX)
        return err_say(EINVAL, "'%s' is no mark, must be a hexadecimal number", line->word);
    return marks_witness_set(line->lab, line->node, line->end, (uint32_t)mark);
}

static const struct marks_action marks_actions[] = {
    {"attach", 0, marks_run_attach},   {"detach", 0, marks_run_detach},
    {"filters", 2, marks_run_filters}, {"seen", 3, marks_run_seen},
    {"set", 3, marks_run_set},         {"forget", 0, marks_run_forget},
};

static const struct marks_action *marks_find_action(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(marks_actions); i++)
        if (strcmp(marks_actions[i].name, name) == 0)
            return &marks_actions[i];
    return NULL;
}

int marks_ask(const struct lab *lab, const char *const words[4])
{
    const struct marks_action *action = marks_find_action(words[0]);
    struct marks_line line = {.lab = lab, .end = words[2], .word = words[3]};
    size_t given = 0;
    int r;

    if (!action)
        return err_say(EINVAL,
                       "'%s' is no action, must be attach, detach, filters, seen, set or "
                       "forget",
                       words[0]);
    while (given < 3 && words[1 + given])
        given++;
    if (given != action->arguments)
        return err_say(EINVAL, "'%s' takes %zu arguments", action->name, action->arguments);
    r = given ? lab_node(lab, words[1], &line.node) : 0;
    return r < 0 ? r : action->run(&line);
}
