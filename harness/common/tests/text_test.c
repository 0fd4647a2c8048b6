// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/text.h"

static void a_text_is_put_together(void **state)
{
    _cleanup_free_ char *text = NULL;

    (void)state;
    assert_int_equal(text_format(&text, "%s-%d", "a", 7), 0);
    assert_string_equal(text, "a-7");
}

static void text_cleans(void **state)
{
    static const struct {
        const char *dirty, *clean;
    } table[] = {
        {"plain\ttext\n", "plain\ttext\n"},
        {"\033[1;31mred\033[0m", "red"},
        {"\033]8;;http://x\033\\link\033]8;;\033\\", "link"},
        {"cut \033[", "cut "},
        {"cut \033", "cut "},
        {"a\r\nb\rc\r", "a\nb\\x0dc"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
        {"\xc0\xaf", "\\xc0\\xaf"},          /* not the shortest form */
        {"\xef\xbf\xbf", "\\xef\\xbf\\xbf"}, /* U+FFFF */
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\x7f", "\\x7f"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        _cleanup_free_ char *clean = text_clean(table[i].dirty, strlen(table[i].dirty));

        assert_string_equal(clean, table[i].clean);
    }
}

static void a_line_is_cleaned_where_it_stands(void **state)
{
    static const struct {
        const char *dirty, *clean;
    } table[] = {
        {"", ""},
        {"plain ~ text", "plain ~ text"},
        {"tab\tand\nnewline\r", "tab?and?newline?"},
        {"\033[1mbold", "?[1mbold"},
        {"\x7f\x01", "??"},
        {"\xc2\x9b", "??"},         /* the terminal's control sequences in one character */
        {"\x9b\xff", "??"},         /* no UTF-8 */
        {"\xe2\x82", "??"},         /* cut */
        {"\xc3\xa4x", "\xc3\xa4x"}, /* a letter */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        char text[32];

        strcpy(text, table[i].dirty);
        assert_ptr_equal(text_clean_line(text), text);
        assert_string_equal(text, table[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_put_together),
        cmocka_unit_test(text_cleans),
        cmocka_unit_test(a_line_is_cleaned_where_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
