// SPDX-License-Identifier: Apache-2.0
#include "forge/table.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* One pass over all descriptions. */
struct table {
    const struct verdict_program *program;
    bool json;
    FILE *out;
    struct packet_scene scene;
    const char *text;
    bool run; /* or only read */
    size_t packets, differ;
    char *first; /* of those that differ */
};

/* "PACKET -> VERDICT", of which the second may be missing. */
struct table_row {
    char where[32]; /* "line 3" */
    char packet[PACKET_TEXT_MAX + 1];
    const char *expected; /* within the line; NULL */
};

static json_t *table_hex(const struct packet_bytes *packet)
{
    char hex[2 * PACKET_MAX + 1] = "";

    for (size_t i = 0; i < packet->size; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", packet->bytes[i]);
    return json_string(hex);
}

static void table_print(const struct table *table, const struct table_row *row,
                        const struct packet *packet, const struct packet_bytes *before,
                        const struct packet_verdict *verdict)
{
    _cleanup_json_ json_t *j = json_pack(
        "{s:s, s:s, s:s*, s:s, s:b, s:o, s:o}", "packet", row->packet, "verdict", verdict->text,
        "expected", row->expected, "action", verdict->action, "changed", (int)verdict->changed,
        "before", table_hex(before), "after", table_hex(&verdict->packet));

    if (j && table->program->type == BPF_PROG_TYPE_SCHED_CLS) {
        int64_t mark = packet->number[PACKET_N_MARK];

        json_object_set_new(j, "mark_in", json_integer(mark < 0 ? 0 : mark));
        json_object_set_new(j, "mark_out", json_integer(verdict->mark));
    }
    json_dumpf(j, table->out, JSON_COMPACT);
    fputc('\n', table->out);
}

static int table_compare(struct table *table, const struct table_row *row,
                         const struct packet_verdict *verdict)
{
    if (!row->expected || strcmp(row->expected, verdict->text) == 0)
        return 0;
    table->differ++;
    if (table->first)
        return 0;
    return text_format(&table->first, "%s: %s: expected '%s', is '%s'", row->where, row->packet,
                       row->expected, verdict->text);
}

static int table_run_row(struct table *table, const struct table_row *row)
{
    struct packet packet;
    struct packet_bytes bytes;
    struct packet_verdict verdict;
    int64_t mark;
    int r = packet_read(row->where, row->packet, &table->scene, &packet);

    if (r == 0)
        r = packet_build(row->where, &packet, &table->scene, &bytes);
    if (r < 0 || !table->run)
        return r;
    mark = packet.number[PACKET_N_MARK];
    r = verdict_of(table->program, row->where, &bytes, mark < 0 ? 0 : (uint32_t)mark, &verdict);
    if (r < 0)
        return r;
    if (table->json)
        table_print(table, row, &packet, &bytes, &verdict);
    else
        fprintf(table->out, "%s -> %s\n", row->packet, verdict.text);
    return table_compare(table, row, &verdict);
}

static char *table_trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text + strspn(text, " \t");
}

/* Empty lines and those that begin with # are passed by. */
static int table_read_row(struct table *table, char *line, size_t number)
{
    struct table_row row = {.expected = NULL};
    char *arrow = strstr(line, "->"), *packet;

    if (arrow) {
        *arrow = '\0';
        row.expected = table_trim(arrow + 2);
    }
    packet = table_trim(line);
    if (*packet == '#' || (!*packet && !arrow))
        return 0;
    (void)snprintf(row.where, sizeof(row.where), "line %zu", number);
    if (row.expected && !*row.expected)
        return err_say(EINVAL, "%s: what is expected is missing behind '->'", row.where);
    if (strlen(packet) > PACKET_TEXT_MAX)
        return err_say(EINVAL, "%s: a description has at most %d characters", row.where,
                       PACKET_TEXT_MAX);
    (void)snprintf(row.packet, sizeof(row.packet), "%s", packet);
    table->packets++;
    return table_run_row(table, &row);
}

static int table_pass(void *data)
{
    struct table *table = data;
    _cleanup_free_ char *copy = strdup(table->text);
    char *line, *rest = copy;
    size_t number = 0;
    int r = copy ? 0 : err_r(ENOMEM, "cannot read the packets");

    table->packets = 0;
    while (r == 0 && (line = strsep(&rest, "\n")))
        r = table_read_row(table, line, ++number);
    return r;
}

static void table_say(const struct table *table)
{
    (void)err_say(EINVAL, "%zu of %zu packets have another verdict; the first: %s", table->differ,
                  table->packets, table->first);
}

/* Nothing is run before everything was read. */
int table_run(const struct verdict_program *program, const char *text, bool json, FILE *out,
              size_t *differ)
{
    struct table table = {.program = program,
                          .scene = verdict_scene(program),
                          .text = text,
                          .json = json,
                          .out = out};
    int r = table_pass(&table);

    if (r == 0 && table.packets == 0)
        return err_say(EINVAL, "there is no packet to be run");
    table.run = true;
    if (r == 0)
        r = verdict_inside(program, table_pass, &table);
    if (r == 0 && table.differ > 0)
        table_say(&table);
    free(table.first);
    *differ = table.differ;
    return r;
}
