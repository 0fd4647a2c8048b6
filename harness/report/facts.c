// SPDX-License-Identifier: Apache-2.0
#include "report/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

int facts_add(struct facts *facts, const char *name, const char *value)
{
    struct fact *items = reallocarray(facts->items, facts->n + 1, sizeof(*items));

    if (!items)
        return -ENOMEM;
    facts->items = items;
    items[facts->n] = (struct fact){
        .name = text_clean(name, strlen(name)),
        .value = text_clean(value, strlen(value)),
    };
    facts->n++;
    return items[facts->n - 1].name && items[facts->n - 1].value ? 0 : -ENOMEM;
}

int facts_read(FILE *file, const char *path, struct facts *out)
{
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, file) >= 0) {
        char *tab = strchr(line, '\t');

        line[strcspn(line, "\n")] = '\0';
        if (!tab || out->n == FACTS_MAX)
            return err_say(EINVAL, "%s: this line cannot be read: %s", path, line);
        *tab++ = '\0';
        if (facts_add(out, line, tab) < 0)
            return err_r(ENOMEM, "cannot read '%s'", path);
    }
    return 0;
}

void facts_clear(struct facts *facts)
{
    for (size_t i = 0; i < facts->n; i++) {
        free(facts->items[i].name);
        free(facts->items[i].value);
    }
    free(facts->items);
    *facts = (struct facts){0};
}
