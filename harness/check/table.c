// SPDX-License-Identifier: Apache-2.0
#include "check/table.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

#define TABLE_HEADING "## The rooms"

bool table_has(const json_t *table, const char *room)
{
    return json_object_get(table, room) != NULL;
}

bool table_allows(const json_t *table, const char *room, const char *other)
{
    return strcmp(room, other) == 0 || table_has(json_object_get(table, room), other);
}

/* Every `NAME/` between `text` and `end` becomes a member; each has a value of its own. */
static int table_take_rooms(const char *text, const char *end, json_t *rooms)
{
    while ((text = memchr(text, '`', (size_t)(end - text)))) {
        const char *name = text + 1, *close = memchr(name, '`', (size_t)(end - name));
        _cleanup_free_ char *room = NULL;

        if (!close)
            return 0;
        text = close + 1;
        if (close == name || close[-1] != '/')
            continue;
        room = strndup(name, (size_t)(close - name));
        if (!room || json_object_set_new(rooms, room, json_object()) < 0)
            return err_r(ENOMEM, "cannot read the table of rooms");
    }
    return 0;
}

/* Where the cell behind the n-th bar of the line begins; NULL when there are not that many. */
static const char *table_cell(const char *line, size_t n)
{
    while (n-- > 0) {
        line = strchr(line, '|');
        if (!line)
            return NULL;
        line++;
    }
    return line;
}

static int table_take_row(const char *line, json_t *table)
{
    const char *first = table_cell(line, 1), *second = table_cell(line, 2);
    const char *third = table_cell(line, 3), *end = table_cell(line, 4);
    _cleanup_json_ json_t *rooms = json_object(), *known = json_object();
    const char *room;
    json_t *none;
    int r;

    if (!end)
        return 0;
    if (!rooms || !known)
        return err_r(ENOMEM, "cannot read the table of rooms");
    r = table_take_rooms(first, second, rooms);
    if (r < 0)
        return r;
    r = table_take_rooms(third, end, known);
    if (r < 0)
        return r;
    if (memmem(third, (size_t)(end - third), "everything above", 16) &&
        json_object_update(known, table) < 0)
        return err_r(ENOMEM, "cannot read the table of rooms");
    json_object_foreach (rooms, room, none) {
        if (json_object_set(table, room, known) < 0)
            return err_r(ENOMEM, "cannot read the table of rooms");
    }
    return 0;
}

/* From the heading to the next one. */
static int table_take_section(FILE *file, json_t *table)
{
    _cleanup_free_ char *line = NULL;
    bool inside = false;
    size_t size = 0;

    while (getline(&line, &size, file) >= 0) {
        int r;

        if (*line == '#')
            inside = strncmp(line, TABLE_HEADING, strlen(TABLE_HEADING)) == 0;
        r = inside && *line == '|' ? table_take_row(line, table) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int table_read(const char *path, json_t **out)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_json_ json_t *table = json_object();
    int r;

    if (!file)
        return err_r(errno, "cannot open '%s'", path);
    if (!table)
        return err_r(ENOMEM, "cannot read '%s'", path);
    r = table_take_section(file, table);
    if (r < 0)
        return r;
    if (json_object_size(table) == 0)
        return err_say(EINVAL, "%s: no table of rooms below '" TABLE_HEADING "'", path);
    *out = TAKE_PTR(table);
    return 0;
}
