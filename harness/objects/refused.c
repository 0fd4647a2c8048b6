// SPDX-License-Identifier: Apache-2.0
#include "objects/refused.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/layout.h"

static int refused_no_memory(void)
{
    return err_r(ENOMEM, "cannot keep which programs were refused");
}

void program_refusal_free(struct program_refusal *refusal)
{
    free(refusal->name);
    free(refusal->file);
    free(refusal->error);
    free(refusal->log);
    *refusal = (struct program_refusal){};
}

void programs_refused_free(struct programs_refused *refused)
{
    for (size_t i = 0; i < refused->n; i++)
        program_refusal_free(&refused->refusals[i]);
    for (size_t i = 0; i < refused->n_maps; i++) {
        free(refused->maps[i].name);
        free(refused->maps[i].text);
    }
    free(refused->refusals);
    free(refused->maps);
    *refused = (struct programs_refused){};
}

bool programs_refused_has(const struct programs_refused *refused, const char *name)
{
    for (size_t i = 0; refused && i < refused->n; i++)
        if (strcmp(refused->refusals[i].name, name) == 0)
            return true;
    return false;
}

int programs_refused_add(struct programs_refused *refused, const char *name,
                         const struct program_refusal *refusal)
{
    _cleanup_(program_refusal_free) struct program_refusal copy = {
        .name = strdup(name),
        .file = strdup(refusal->file),
        .error = strdup(refusal->error),
        .log = refusal->log ? strdup(refusal->log) : NULL,
    };
    struct program_refusal *refusals;

    if (!copy.name || !copy.file || !copy.error || (refusal->log && !copy.log))
        return refused_no_memory();
    refusals = reallocarray(refused->refusals, refused->n + 1, sizeof(*refusals));
    if (!refusals)
        return refused_no_memory();
    refused->refusals = refusals;
    refusals[refused->n++] = copy;
    copy = (struct program_refusal){};
    return 0;
}

int programs_refused_add_map(struct programs_refused *refused, const char *name, const char *text)
{
    struct programs_wrong_map *maps =
        reallocarray(refused->maps, refused->n_maps + 1, sizeof(*maps));
    struct programs_wrong_map *map;

    if (!maps)
        return refused_no_memory();
    refused->maps = maps;
    map = &maps[refused->n_maps++];
    *map = (struct programs_wrong_map){strdup(name), strdup(text)};
    return map->name && map->text ? 0 : refused_no_memory();
}

/* libbpf's words for an instruction with a map that was not made: "BPF map 'NAME' is referenced".
 */
static const struct programs_wrong_map *refused_map(const struct programs_refused *refused,
                                                    const char *error)
{
    static const char words[] = "BPF map '";
    const char *name = strstr(error, words);
    char called[64] = "";

    if (!name || sscanf(name + sizeof(words) - 1, "%63[^']' is referenced", called) != 1)
        return NULL;
    for (size_t i = 0; i < refused->n_maps; i++)
        if (strcmp(refused->maps[i].name, map_contract_name(called)) == 0)
            return &refused->maps[i];
    return NULL;
}

int programs_refused_explain(const struct programs_refused *refused, char **error)
{
    const struct programs_wrong_map *map = refused_map(refused, *error);
    char *text = map ? strdup(map->text) : NULL;

    if (!map)
        return 0;
    if (!text)
        return refused_no_memory();
    free(*error);
    *error = text;
    return 0;
}

int programs_refused_json(const struct programs_refused *refused, json_t **out)
{
    _cleanup_json_ json_t *list = json_array();

    for (size_t i = 0; i < refused->n; i++) {
        const struct program_refusal *r = &refused->refusals[i];

        if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s*}", "name", r->name, "file",
                                                  r->file, "error", r->error, "log", r->log)) < 0)
            return refused_no_memory();
    }
    *out = TAKE_PTR(list);
    return *out ? 0 : refused_no_memory();
}
