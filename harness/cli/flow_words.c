// SPDX-License-Identifier: Apache-2.0
#include "cli/flow_words.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "topology/topology.h"

#define FLOW_CONNECTS_MAX 8

/* -EINVAL says nothing. */
static int flow_words_parse(const char *from, const char *to, json_t *flows)
{
    _cleanup_json_ json_t *list = json_array();
    _cleanup_free_ char *copy = strdup(to);
    struct address address;
    char *rest = NULL;

    if (!list || !copy)
        return -ENOMEM;
    if (address_parse(from, &address) < 0 && topology_name_check(from) < 0)
        return -EINVAL;
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        struct address_port ap;

        if (address_port_parse(word, &ap) < 0 || json_array_size(list) >= FLOW_CONNECTS_MAX)
            return -EINVAL;
        json_array_append_new(list, json_string(word));
    }
    if (json_array_size(list) == 0)
        return -EINVAL;
    return json_array_append_new(flows, json_pack("{s:s, s:O}", "from", from, "to", list));
}

int flow_words_option(const struct cli_command *command, const char *value, json_t **flows)
{
    _cleanup_free_ char *copy = strdup(value);
    char *blank = copy ? strchr(copy, ' ') : NULL;

    if (!*flows)
        *flows = json_array();
    if (!*flows || !copy)
        return err_r(ENOMEM, "cannot read the command line");
    if (blank)
        *blank = '\0';
    if (!blank || flow_words_parse(copy, blank + 1, *flows) < 0)
        return cli_usage(command,
                         "--flow is '%.80s', must be FROM ADDRESS:PORT, FROM a pod's address or "
                         "name; several connects of one socket as ADDRESS:PORT,ADDRESS:PORT",
                         value);
    return 0;
}
