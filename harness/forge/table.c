// SPDX-License-Identifier: Apache-2.0
#include "forge/table.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/memory_files.h"
#include "common/text.h"

/* One pass over all descriptions. */
struct table {
    const struct table_judge *judge;
    bool json;
    FILE *out;
    const char *text;
    bool run; /* or only read */
    size_t packets, differ;
    char *first; /* of those that differ */
};

/* "PACKET -> ANSWER", of which the second may be missing. */
struct table_row {
    char where[32]; /* "line 3" */
    char packet[PACKET_TEXT_MAX + 1];
    const char *expected; /* within the line; NULL */
};

json_t *table_hex(const struct packet_bytes *packet)
{
    char hex[2 * PACKET_MAX + 1] = "";

    for (size_t i = 0; i < packet->size; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", packet->bytes[i]);
    return json_string(hex);
}

static int table_compare(struct table *table, const struct table_row *row, const char *answer)
{
    if (!row->expected || strcmp(row->expected, answer) == 0)
        return 0;
    table->differ++;
    if (table->first)
        return 0;
    return text_format(&table->first, "%s: %s: expected '%s', is '%s'", row->where, row->packet,
                       row->expected, answer);
}

static void table_print(const struct table *table, const struct table_row *row, const char *answer,
                        const json_t *j)
{
    if (!j) {
        fprintf(table->out, "%s -> %s\n", row->packet, answer);
        return;
    }
    json_dumpf(j, table->out, JSON_COMPACT);
    fputc('\n', table->out);
}

static int table_ask(struct table *table, const struct table_row *row, const struct packet *packet,
                     const struct packet_bytes *bytes)
{
    const struct table_judge *judge = table->judge;
    char answer[TABLE_ANSWER_MAX];
    _cleanup_json_ json_t *j =
        table->json ? json_pack("{s:s, s:n, s:s*, s:o}", "packet", row->packet, judge->called,
                                "expected", row->expected, "before", table_hex(bytes))
                    : NULL;
    int r;

    if (table->json && !j)
        return err_r(ENOMEM, "%s: cannot answer", row->where);
    r = judge->judge(judge->data, row->where, packet, bytes, answer, j);
    if (r < 0)
        return r;
    if (j && json_object_set_new(j, judge->called, json_string(answer)) < 0)
        return err_r(ENOMEM, "%s: cannot answer", row->where);
    table_print(table, row, answer, j);
    return table_compare(table, row, answer);
}

static int table_run_row(struct table *table, const struct table_row *row)
{
    const struct packet_scene *scene = &table->judge->scene;
    struct packet packet;
    struct packet_bytes bytes;
    int r = packet_read(row->where, row->packet, scene, &packet);

    if (r == 0)
        r = packet_build(row->where, &packet, scene, &bytes);
    return r < 0 || !table->run ? r : table_ask(table, row, &packet, &bytes);
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
    (void)err_say(EINVAL, "%zu of %zu packets have another %s; the first: %s", table->differ,
                  table->packets, table->judge->called, table->first);
}

/* Nothing is asked before everything was read. */
int table_run(const struct table_judge *judge, const char *text, bool json, FILE *out,
              size_t *differ)
{
    struct table table = {.judge = judge, .text = text, .json = json, .out = out};
    int r = table_pass(&table);

    if (r == 0 && table.packets == 0)
        return err_say(EINVAL, "there is no packet");
    table.run = true;
    if (r == 0)
        r = judge->inside(judge->data, table_pass, &table);
    if (r == 0 && table.differ > 0)
        table_say(&table);
    free(table.first);
    *differ = table.differ;
    return r;
}

static int table_stdin(char **out)
{
    _cleanup_(memory_files_free) struct memory_files memory = {};
    const struct memory_file *file;
    int r = memory_files_add(&memory, "stdin");

    if (r == 0)
        r = memory_files_fill(&memory, STDIN_FILENO, TABLE_TEXT_MAX);
    if (r < 0)
        return err_r(r, "cannot read the packets from stdin");
    file = memory_files_find(&memory, "stdin");
    if (file->size > 0 && memchr(file->bytes, 0, file->size))
        return err_say(EINVAL, "stdin is no text");
    *out = strndup(file->size > 0 ? (const char *)file->bytes : "", file->size);
    return *out ? 0 : err_r(ENOMEM, "cannot read the packets from stdin");
}

int table_text(const char *const *lines, size_t n, char **out)
{
    size_t size;
    FILE *file;

    if (n == 0)
        return table_stdin(out);
    file = open_memstream(out, &size);
    if (!file)
        return err_r(ENOMEM, "cannot read the packets");
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%s\n", lines[i]);
    fclose(file);
    return 0;
}
