// SPDX-License-Identifier: Apache-2.0
#include "topology/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"

static void policy_match_clear(struct policy_match *match)
{
    for (size_t i = 0; i < POLICY_LISTS; i++) {
        for (size_t j = 0; j < match->lists[i].n; j++)
            free(match->lists[i].elements[j].text);
        free(match->lists[i].elements);
    }
}

static void policy_rule_clear(struct policy_rule *rule)
{
    for (size_t i = 0; i < rule->n; i++) {
        for (size_t j = 0; j < rule->clauses[i].n; j++)
            policy_match_clear(&rule->clauses[i].matches[j]);
        free(rule->clauses[i].matches);
    }
    free(rule->clauses);
}

void policies_clear(struct policies *policies)
{
    for (size_t i = 0; i < policies->n; i++) {
        struct policy *policy = &policies->list[i];

        for (size_t j = 0; j < policy->n_rules; j++)
            policy_rule_clear(&policy->rules[j]);
        free(policy->rules);
        free(policy->pods);
        free(policy->name);
        free(policy->namespace);
    }
    free(policies->list);
    *policies = (struct policies){0};
}

enum policy_element_kind policy_element_kind(enum policy_list_kind list)
{
    if (list >= POLICY_DESTINATION_PORTS)
        return POLICY_PORTS;
    return list >= POLICY_SOURCE_IPS ? POLICY_BLOCKS : POLICY_TEXTS;
}

const char *policy_list_name(enum policy_list_kind list)
{
    static const char *const names[POLICY_LISTS] = {
        "namespaces",        "not_namespaces",        "principals",      "not_principals",
        "source_ips",        "not_source_ips",        "destination_ips", "not_destination_ips",
        "destination_ports", "not_destination_ports",
    };

    return names[list];
}

int policy_text_check(const char *text)
{
    if (strlen(text) > POLICY_TEXT_MAX)
        return -EINVAL;
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return -EINVAL;
    return 0;
}

/* "TEXT*" is a prefix, "*TEXT" a suffix, "*" the empty prefix: anything. */
static int policy_text_parse(const char *text, struct policy_element *out)
{
    size_t length = strlen(text);
    bool ends = length > 0 && text[length - 1] == '*', begins = !ends && text[0] == '*';

    if (length == 0 || policy_text_check(text) < 0)
        return -EINVAL;
    out->comparison = ends ? POLICY_PREFIX : begins ? POLICY_SUFFIX : POLICY_EXACT;
    out->text = strndup(text + begins, length - begins - ends);
    return out->text ? 0 : -ENOMEM;
}

/* Decimal digits alone, up to `max`. */
static int policy_number(const char *text, uint32_t max, uint32_t *out)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5 || text[digits])
        return -EINVAL;
    *out = (uint32_t)strtoul(text, NULL, 10);
    return *out <= max ? 0 : -EINVAL;
}

static uint32_t policy_block_bits(const struct address *address)
{
    return address->af == AF_INET ? 32 : 128;
}

/* "ADDRESS" or "ADDRESS/BITS". */
static int policy_block_parse(const char *text, struct policy_element *out)
{
    const char *slash = strchr(text, '/');
    _cleanup_free_ char *address = strndup(text, slash ? (size_t)(slash - text) : strlen(text));

    if (!address)
        return -ENOMEM;
    if (address_parse(address, &out->address) < 0)
        return -EINVAL;
    out->prefix = policy_block_bits(&out->address);
    return slash ? policy_number(slash + 1, out->prefix, &out->prefix) : 0;
}

static int policy_port_parse(const char *text, struct policy_element *out)
{
    int r = policy_number(text, UINT16_MAX, &out->port);

    return r < 0 ? r : out->port > 0 ? 0 : -EINVAL;
}

int policy_element_parse(enum policy_list_kind list, const char *text, struct policy_element *out)
{
    switch (policy_element_kind(list)) {
    case POLICY_PORTS:
        return policy_port_parse(text, out);
    case POLICY_BLOCKS:
        return policy_block_parse(text, out);
    default:
        return policy_text_parse(text, out);
    }
}

const char *policy_element_text(enum policy_list_kind list, const struct policy_element *element,
                                char out[POLICY_ELEMENT_TEXT])
{
    char address[ADDRESS_TEXT_MAX];

    switch (policy_element_kind(list)) {
    case POLICY_PORTS:
        snprintf(out, POLICY_ELEMENT_TEXT, "%u", element->port);
        return out;
    case POLICY_BLOCKS:
        address_text(&element->address, address);
        if (element->prefix == policy_block_bits(&element->address))
            snprintf(out, POLICY_ELEMENT_TEXT, "%s", address);
        else
            snprintf(out, POLICY_ELEMENT_TEXT, "%s/%u", address, element->prefix);
        return out;
    default:
        snprintf(out, POLICY_ELEMENT_TEXT, "%s%s%s",
                 element->comparison == POLICY_SUFFIX ? "*" : "", element->text,
                 element->comparison == POLICY_PREFIX ? "*" : "");
        return out;
    }
}

const char *policy_element_right(enum policy_list_kind list)
{
    static const char *const right[] = {
        [POLICY_TEXTS] = "a text of 1 to 191 bytes, TEXT* or *TEXT",
        [POLICY_BLOCKS] = "an IP address or ADDRESS/BITS (at most 32, or 128)",
        [POLICY_PORTS] = "a port from 1 to 65535",
    };

    return right[policy_element_kind(list)];
}
