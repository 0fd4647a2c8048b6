// SPDX-License-Identifier: Apache-2.0
/* check-rooms ROOT BUILD RULE: exit 1 with what breaks the rule, 2 where it cannot be told. */
#include <stdio.h>
#include <string.h>

#include "check/prints.h"
#include "check/rooms.h"
#include "check/table.h"
#include "common/cleanup.h"
#include "common/terminal.h"
#include "common/text.h"

typedef int (*rule_fn)(const struct house *house, const char *root);

static int rule_rooms(const struct house *house, const char *root)
{
    _cleanup_json_ json_t *table = NULL;
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/docs/architecture.md", root);

    if (r < 0)
        return r;
    r = table_read(path, &table);
    return r < 0 ? r : rooms_check(house, table, stdout);
}

static int rule_lengths(const struct house *house, const char *root)
{
    (void)root;
    return rooms_check_lengths(house, stdout);
}

static int rule_cycles(const struct house *house, const char *root)
{
    (void)root;
    return rooms_check_cycles(house, stdout);
}

static int rule_prints(const struct house *house, const char *root)
{
    (void)root;
    return prints_check(&house->tree, stdout);
}

static const struct {
    const char *name;
    rule_fn fn;
} rules[] = {{"rooms", rule_rooms},
             {"lengths", rule_lengths},
             {"cycles", rule_cycles},
             {"prints", rule_prints}};

static rule_fn rule_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (strcmp(rules[i].name, name) == 0)
            return rules[i].fn;
    return NULL;
}

int main(int argc, char **argv)
{
    rule_fn rule = argc == 4 ? rule_find(argv[3]) : NULL;
    _cleanup_(house_free) struct house house = {};
    int r;

    if (terminal_start() < 0)
        return 2;
    if (!rule) {
        fputs("usage: check-rooms ROOT BUILD rooms|lengths|cycles|prints\n", stderr);
        return 2;
    }
    r = house_read(argv[1], argv[2], &house);
    if (r < 0)
        return 2;
    r = rule(&house, argv[1]);
    return r < 0 ? 2 : r > 0;
}
