// SPDX-License-Identifier: Apache-2.0
/*
 * Every broken/NAME.yaml is answered by one line, which NAME.expected holds. And what is too large
 * or odd to be a fixture.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/topology.h"

#define BROKEN "harness/topology/tests/broken"

/* The first line of BROKEN/NAME.expected, for `yaml` being BROKEN/NAME.yaml; "" without one. */
static void expected_line(const char *yaml, char *out, size_t size)
{
    char path[512];
    _cleanup_fclose_ FILE *file = NULL;

    snprintf(path, sizeof(path), "%.*s.expected", (int)(strlen(yaml) - strlen(".yaml")), yaml);
    file = fopen(path, "r");
    if (!file || !fgets(out, (int)size, file))
        *out = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Whether BROKEN/`name` is answered as it should be. */
static bool answered(const char *name)
{
    struct topology *t = NULL;
    char path[512], expected[1024];
    const char *said;
    struct capture c;
    int r;

    snprintf(path, sizeof(path), BROKEN "/%s", name);
    expected_line(path, expected, sizeof(expected));
    capture_start(&c);
    r = topology_read(path, &t);
    capture_end(&c);
    said =
        strncmp(c.last, BROKEN "/", strlen(BROKEN "/")) == 0 ? c.last + strlen(BROKEN "/") : c.last;
    if (r == -EINVAL && !t && c.messages == 1 && !strpbrk(c.last, "\n\r\033") &&
        strcmp(said, expected) == 0)
        return true;
    print_error("%s: %d with %zu messages\n  said:     %s\n  expected: %s\n", name, r, c.messages,
                said, expected);
    topology_free(&t);
    return false;
}

static int is_yaml(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && strcmp(dot, ".yaml") == 0;
}

static void every_broken_topology_has_its_own_line(void **state)
{
    struct dirent **entries;
    int n = scandir(BROKEN, &entries, is_yaml, alphasort), wrong = 0;

    (void)state;
    assert_true(n >= 24);
    for (int i = 0; i < n; i++) {
        wrong += !answered(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(wrong, 0);
}

/* Parses `text`, which is to be refused, and returns what is said; *c holds it. */
static const char *refused(struct capture *c, const char *text, size_t length, int error)
{
    struct topology *t = NULL;
    int r;

    capture_start(c);
    r = topology_parse("t", text, length, &t);
    capture_end(c);
    assert_int_equal(r, error);
    assert_null(t);
    assert_int_equal(c->messages, 1);
    return c->last;
}

static void a_file_over_4_mib_is_refused(void **state)
{
    _cleanup_free_ char *text = malloc(TOPOLOGY_FILE_MAX + 1);
    char path[] = "/tmp/waypost-topology-test.XXXXXX";
    _cleanup_close_ int fd = mkstemp(path);
    struct topology *t = NULL;
    struct capture c;
    int r;

    (void)state;
    assert_non_null(text);
    memset(text, '#', TOPOLOGY_FILE_MAX + 1);
    assert_string_equal(refused(&c, text, TOPOLOGY_FILE_MAX + 1, -EFBIG), "t: larger than 4 MiB");
    assert_string_equal(refused(&c, text, TOPOLOGY_FILE_MAX, -EINVAL),
                        "t:1: nothing in it, a topology has at least 'pods'");
    assert_int_equal(ftruncate(fd, (off_t)64 << 20), 0);
    capture_start(&c);
    r = topology_read(path, &t);
    capture_end(&c);
    unlink(path);
    assert_int_equal(r, -EFBIG);
    assert_null(t);
}

static void what_is_no_file_is_refused(void **state)
{
    char fifo[] = "/tmp/waypost-topology-test.XXXXXX";
    struct topology *t = NULL;
    struct capture c;

    (void)state;
    assert_non_null(mkdtemp(fifo));
    assert_int_equal(rmdir(fifo), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    capture_start(&c);
    assert_int_equal(topology_read("/nonexistent.yaml", &t), -ENOENT);
    assert_string_equal(c.last, "cannot open '/nonexistent.yaml': No such file or directory");
    assert_int_equal(topology_read("/", &t), -EISDIR);
    assert_string_equal(c.last, "'/' is not a regular file");
    assert_int_equal(topology_read("/dev/zero", &t), -EINVAL);
    assert_int_equal(topology_read(fifo, &t), -EINVAL);
    capture_end(&c);
    unlink(fifo);
    assert_null(t);
    assert_int_equal(c.messages, 4);
}

/* Reading it must not take a stack frame, nor much time, for each level. */
static void the_deepest_nesting_is_refused(void **state)
{
    static const char *const levels[] = {"[", "{a: ", "- ", "? ", "[{"};
    _cleanup_free_ char *text = calloc(1, TOPOLOGY_FILE_MAX + 1);
    struct capture c;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        size_t length = strlen(levels[i]);

        for (size_t n = 0; n < (TOPOLOGY_FILE_MAX - 1) / length; n++)
            memcpy(text + n * length, levels[i], length);
        refused(&c, text, (TOPOLOGY_FILE_MAX - 1) / length * length, -EINVAL);
    }
}

#ifndef __SANITIZE_ADDRESS__ /* it would take 80 s */
static void more_pods_than_fit_are_refused(void **state)
{
    _cleanup_free_ char *text = NULL;
    size_t length;
    struct capture c;
    FILE *f;

    (void)state;
    f = open_memstream(&text, &length);
    assert_non_null(f);
    fputs("pods:\n", f);
    for (int i = 0; i <= TOPOLOGY_PODS_MAX; i++)
        fprintf(f, "- name: p%d\n", i);
    fclose(f);
    assert_string_equal(refused(&c, text, length, -EINVAL),
                        "t:40002: 'pods' has more than 40000 entries");
}
#endif

/* No part of a topology can be cut off without an answer, nor with more than one. */
static void every_beginning_of_a_topology_is_answered(void **state)
{
    static const char text[] =
        "nodes: [a]\npods:\n  - {name: b, waypoint: {pod: b, port: 1}, listeners: [{port: 2}]}\n"
        "services:\n  - name: c\n    ports: [{port: 3}]\n    endpoints: [{pod: b}]\n";
    struct topology *t;
    struct capture c;

    (void)state;
    for (size_t length = 0; length < sizeof(text); length++) {
        int r;

        t = NULL;
        capture_start(&c);
        r = topology_parse("t", text, length, &t);
        capture_end(&c);
        assert_int_equal(c.messages, r == 0 ? 0 : 1);
        assert_true(r == 0 ? t != NULL : t == NULL);
        topology_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_topology_has_its_own_line),
        cmocka_unit_test(a_file_over_4_mib_is_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(the_deepest_nesting_is_refused),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(more_pods_than_fit_are_refused),
#endif
        cmocka_unit_test(every_beginning_of_a_topology_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
