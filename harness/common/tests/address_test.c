// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/address.h"
#include "common/cleanup.h"

static struct address address_of(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void families_have_names(void **state)
{
    static const enum family families[] = {FAMILY_V4, FAMILY_V6, FAMILY_MAPPED};
    enum family family = FAMILY_V6;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        assert_int_equal(family_from_name(family_name(families[i]), &family), 0);
        assert_int_equal(family, families[i]);
    }
    family = FAMILY_V6;
    assert_int_equal(family_from_name("v5", &family), -EINVAL);
    assert_int_equal(family_from_name("", &family), -EINVAL);
    assert_int_equal(family, FAMILY_V6);
}

static void addresses_are_read_and_written(void **state)
{
    static const char *const texts[] = {
        "0.0.0.0", "10.128.0.2", "255.255.255.255", "::", "::1", "fd00:80::2", "::ffff:10.128.0.2"};
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct address address = address_of(texts[i]);

        assert_int_equal(address.af, strchr(texts[i], ':') ? AF_INET6 : AF_INET);
        assert_string_equal(address_text(&address, text), texts[i]);
    }
}

static void ipv4_stands_in_the_first_four_bytes(void **state)
{
    static const uint8_t expected[16] = {10, 128, 0, 2};
    struct address address = address_of("10.128.0.2");

    (void)state;
    assert_memory_equal(address.bytes, expected, sizeof(expected));
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {"",          "10.0.0",     "10.0.0.256", "10.0.0.1 ",
                                        " 10.0.0.1", "10.0.0.1/8", "web1",       "fd00::1%eth0",
                                        "1:2:3",     ":",          "[::1]",      "10.0.0.01"};
    struct address address = {.af = -1};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_int_equal(address_parse(texts[i], &address), -EINVAL);
    assert_int_equal(address.af, -1);
}

static void ports_are_read_and_written(void **state)
{
    static const char *const texts[] = {"10.0.0.1:80", "10.0.0.1:0", "[fd00::1]:65535",
                                        "[::ffff:10.0.0.1]:15008"};
    char text[ADDRESS_TEXT_MAX];
    struct address_port ap;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_int_equal(address_port_parse(texts[i], &ap), 0);
        assert_string_equal(address_port_text(&ap, text), texts[i]);
    }
    assert_int_equal(ap.port, 15008);
}

static void what_is_no_address_with_a_port_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "10.0.0.1",
        "10.0.0.1:",
        "10.0.0.1:65536",
        "10.0.0.1:-1",
        "10.0.0.1:+1",
        "10.0.0.1: 80",
        "10.0.0.1:80 ",
        "10.0.0.1:0x50",
        "fd00::1:80",
        "[fd00::1]",
        "[fd00::1:80",
        "fd00::1]:80",
        "[10.0.0.1]:80",
        "[]:80",
        "[:80",
        ":80",
        "web1:80",
        "10.0.0.1:99999999999999999999",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:80"};
    struct address_port ap = {.port = 7};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (address_port_parse(texts[i], &ap) != -EINVAL)
            fail_msg("'%s' was taken", texts[i]);
    }
    assert_int_equal(ap.port, 7);
}

static void none_is_written_as_none(void **state)
{
    struct address_port none = {0};
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_string_equal(address_text(&none.address, text), "none");
    assert_string_equal(address_port_text(&none, text), "none:0");
}

static void the_longest_text_fits(void **state)
{
    static const char longest[] = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535";
    struct address_port ap;
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_int_equal(address_port_parse(longest, &ap), 0);
    assert_string_equal(address_port_text(&ap, text), longest);
}

static void equal_means_family_and_bytes_and_port(void **state)
{
    struct address v4 = address_of("10.0.0.1"), v6 = address_of("a00:1::");
    struct address_port a = {v4, 80}, b = {v4, 80};

    (void)state;
    assert_memory_equal(v4.bytes, v6.bytes, sizeof(v4.bytes));
    assert_false(address_equal(&v4, &v6));
    assert_true(address_port_equal(&a, &b));
    b.port = 81;
    assert_false(address_port_equal(&a, &b));
}

static void map_bytes_tell_their_family(void **state)
{
    static const uint8_t v4[16] = {10, 0, 0, 1}, none[16] = {0}, v6[16] = {0xfd, [15] = 1};
    static const uint8_t first_word_zero[16] = {[4] = 1};

    (void)state;
    assert_int_equal(address_from_map(v4).af, AF_INET);
    assert_int_equal(address_from_map(none).af, AF_UNSPEC);
    assert_int_equal(address_from_map(v6).af, AF_INET6);
    assert_int_equal(address_from_map(first_word_zero).af, AF_INET6);
    assert_memory_equal(address_from_map(v6).bytes, v6, sizeof(v6));
}

static void mapping_goes_both_ways(void **state)
{
    struct address v4 = address_of("10.0.0.1"), mapped = address_of("::ffff:10.0.0.1");
    struct address v6 = address_of("fd00::1"), none = {0}, result;

    (void)state;
    result = address_mapped(&v4);
    assert_true(address_equal(&result, &mapped));
    result = address_unmapped(&mapped);
    assert_true(address_equal(&result, &v4));
    result = address_mapped(&v6);
    assert_true(address_equal(&result, &v6));
    result = address_unmapped(&v6);
    assert_true(address_equal(&result, &v6));
    result = address_unmapped(&v4);
    assert_true(address_equal(&result, &v4));
    result = address_mapped(&none);
    assert_int_equal(result.af, AF_UNSPEC);
}

static void sockaddrs_go_both_ways(void **state)
{
    static const char *const texts[] = {"10.0.0.1:80", "[fd00::1]:443"};
    struct address_port ap, back;
    struct sockaddr_storage storage;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        socklen_t length;

        assert_int_equal(address_port_parse(texts[i], &ap), 0);
        length = address_port_to_sockaddr(&ap, &storage);
        assert_int_equal(address_port_from_sockaddr((struct sockaddr *)&storage, length, &back), 0);
        assert_true(address_port_equal(&ap, &back));
    }
}

static void foreign_and_short_sockaddrs_are_refused(void **state)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNIX};
    struct sockaddr *sa = (struct sockaddr *)&storage;
    struct address_port ap = {.port = 7};

    (void)state;
    assert_int_equal(address_port_from_sockaddr(sa, sizeof(storage), &ap), -EAFNOSUPPORT);
    storage.ss_family = AF_INET;
    assert_int_equal(address_port_from_sockaddr(sa, sizeof(struct sockaddr_in) - 1, &ap),
                     -EAFNOSUPPORT);
    storage.ss_family = AF_INET6;
    assert_int_equal(address_port_from_sockaddr(sa, sizeof(struct sockaddr_in), &ap),
                     -EAFNOSUPPORT);
    assert_int_equal(address_port_from_sockaddr(sa, 0, &ap), -EAFNOSUPPORT);
    assert_int_equal(ap.port, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_have_names),
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(ipv4_stands_in_the_first_four_bytes),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(ports_are_read_and_written),
        cmocka_unit_test(what_is_no_address_with_a_port_is_refused),
        cmocka_unit_test(none_is_written_as_none),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(equal_means_family_and_bytes_and_port),
        cmocka_unit_test(map_bytes_tell_their_family),
        cmocka_unit_test(mapping_goes_both_ways),
        cmocka_unit_test(sockaddrs_go_both_ways),
        cmocka_unit_test(foreign_and_short_sockaddrs_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
