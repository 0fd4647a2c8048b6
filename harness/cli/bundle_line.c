// SPDX-License-Identifier: Apache-2.0
#include "cli/bundle_line.h"

#include <errno.h>

#include "common/patience.h"
#include "common/shortage.h"

int bundle_line_option(const struct cli_command *command, int key, const char *value,
                       struct bundle_line *line)
{
    if (key == FLOW_WORDS_KEY)
        return flow_words_option(command, value, &line->flows);
    return programs_option(command, key, value, &line->source);
}

int bundle_line_parse(const struct cli_command *command, int argc, char **argv, void *options,
                      struct bundle_line *line, struct reproduction *out)
{
    struct cli_line words;
    int r = cli_parse(command, argc, argv, options, &words);

    if (r < 0)
        return r;
    r = programs_option_check(command, &line->source);
    if (r < 0)
        return r;
    r = cli_need_root(command);
    if (r < 0)
        return r;
    r = reproduction_open(words.argument[0], line->flows, out);
    if (r < 0)
        return shortage_is(r) || r == -PATIENCE_STARVED ? r : -EINVAL; /* else it is that bundle */
    if (!line->source.dir && out->bundle->objects.n) {
        line->source.dir = out->bundle->path;
        line->source.memory = &out->bundle->objects;
    }
    line->source.partial = true; /* what one kernel takes another may refuse */
    return 0;
}

void bundle_line_release(struct bundle_line *line)
{
    json_decref(line->flows);
}
