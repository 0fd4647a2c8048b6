// SPDX-License-Identifier: Apache-2.0
#include "report/families.h"

#include <errno.h>
#include <string.h>

const char *families_text(unsigned set)
{
    static const char *const texts[FAMILIES_ALL + 1] = {
        "", "v4", "v6", "v4 v6", "mapped", "v4 mapped", "v6 mapped", "v4 v6 mapped",
    };

    return texts[set & FAMILIES_ALL];
}

/* Takes the word at *text off; its length may be 0. */
static int families_take_word(const char **text, unsigned *set)
{
    size_t length = strcspn(*text, " ");
    enum family family;
    char word[16];

    if (length >= sizeof(word))
        return -EINVAL;
    memcpy(word, *text, length);
    word[length] = '\0';
    if (family_from_name(word, &family) < 0 || *set & families_bit(family))
        return -EINVAL;
    *set |= families_bit(family);
    *text += length;
    return 0;
}

int families_parse(const char *text, unsigned *out)
{
    unsigned set = 0;

    while (*text) {
        if (families_take_word(&text, &set) < 0)
            return -EINVAL;
        if (*text == ' ' && !*++text)
            return -EINVAL;
    }
    *out = set;
    return 0;
}
