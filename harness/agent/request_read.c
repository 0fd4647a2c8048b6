// SPDX-License-Identifier: Apache-2.0
#include "agent/request_read.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

int request_check_keys(json_t *object, const char *const *known)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        const char *const *k = known;

        while (*k && strcmp(*k, key) != 0)
            k++;
        if (!*k)
            return err_say(EINVAL, "there is no '%s' in such a request", text_quote(key, quoted));
    }
    return 0;
}

/* One of `names`; *out is left alone when the key is absent. */
static int request_get_choice(const json_t *object, const char *key, const char *const *names,
                              unsigned int *out)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *text = NULL;
    int r = json_get_optional_string(object, key, &text);

    if (r < 0 || !text)
        return r;
    for (unsigned int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return 0;
        }
    }
    return err_say(EINVAL, "'%s' is '%s', which it cannot be", key, text_quote(text, quoted));
}

int request_get_choices(const json_t *object, const struct request_choice *choices, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = request_get_choice(object, choices[i].key, choices[i].names, choices[i].out);

        if (r < 0)
            return r;
    }
    return 0;
}

int request_get_numbers(const json_t *object, const struct request_number *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct request_number *number = &numbers[i];
        int r =
            json_get_optional_integer(object, number->key, number->min, number->max, number->out);

        if (r < 0)
            return r;
    }
    return 0;
}

int request_get_address_port(const json_t *object, const char *key, bool *has,
                             struct address_port *out)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *text = NULL;
    int r = json_get_optional_string(object, key, &text);

    if (r < 0 || !text)
        return r;
    if (address_port_parse(text, out) < 0)
        return err_say(EINVAL, "'%s' is '%s', must be ADDRESS:PORT", key, text_quote(text, quoted));
    *has = true;
    return 0;
}
