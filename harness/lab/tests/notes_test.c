// SPDX-License-Identifier: Apache-2.0
/* What a lab of a run leaves for the next ones: the kernel is asked once. */
#include "objects_fixture.h"

#include "common/json.h"

static const char one_node[] = "pods: [{name: a}]\n";

static void notes_at(const char *dir)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/%s", fixture.root, dir);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    setenv("WAYPOST_NOTES", path, 1);
}

/* Writes the same into every note. */
static void notes_spoil(const char *text)
{
    char path[512];
    DIR *dir = opendir(getenv("WAYPOST_NOTES"));
    const struct dirent *entry;
    size_t n = 0;

    while ((entry = readdir(dir))) {
        FILE *file;

        if (!strstr(entry->d_name, ".json") || strstr(entry->d_name, ".lock"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", getenv("WAYPOST_NOTES"), entry->d_name);
        file = fopen(path, "w");
        assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
        n++;
    }
    closedir(dir);
    assert_true(n > 0);
}

/* Up and down: sendmsg_prog is refused with all that the verifier said of it, whether it was asked
 * (then there is a log of this lab's) or not. */
static void expect_lab(const struct lab *lab, bool asked)
{
    struct programs_source source = {.dir = fixture.objects, .partial = true};
    _cleanup_json_ json_t *absent = NULL, *list = NULL;
    char log[64];
    const json_t *entry;
    size_t i, found = 0;

    fixture.errors[0] = '\0';
    assert_int_equal(programs_up(lab, &source), 0);
    fixture_expect_error("the verifier refused sendmsg_prog of 'refused.bpf.o'");
    list = fixture_attached(lab, &lab->topology->nodes[0]);
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(programs_absent(lab, &absent), 0);
    json_array_foreach (absent, i, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "why")), "refused") != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(entry, "name")), "sendmsg_prog");
        assert_non_null(
            strstr(json_string_value(json_object_get(entry, "error")), "return service[4];\n"));
        assert_non_null(
            strstr(json_string_value(json_object_get(entry, "error")), "verifier-sendmsg_prog"));
        found++;
    }
    assert_int_equal(found, 1);
    assert_int_equal(programs_down(lab), 0);
    expect_nothing_stays(lab);
    snprintf(log, sizeof(log), "%s/state.verifier-sendmsg_prog.log", fixture.root);
    assert_int_equal(unlink(log), asked ? 0 : -1);
}

static struct lab *refused_up(const char *topology)
{
    struct lab *lab = fixture_up(topology);

    fixture_object("connect4", NULL);
    fixture_object("refused", NULL);
    return lab;
}

static void asked_once(void **state)
{
    struct lab *lab = refused_up(one_node);

    (void)state;
    notes_at("notes");
    expect_lab(lab, true);
    expect_lab(lab, false);
    expect_lab(lab, false);
    unsetenv("WAYPOST_NOTES");
    expect_lab(lab, true);
    notes_at("others");
    expect_lab(lab, true);
}

/* It is the bytes that count, not when and how they came there. */
static void asked_again(void **state)
{
    struct lab *lab = refused_up(one_node);
    struct bytes bytes = read_object("refused");
    _cleanup_free_ uint8_t *longer = calloc(1, bytes.size + 1);

    (void)state;
    notes_at("notes");
    expect_lab(lab, true);
    assert_int_equal(unlink(in_objects("refused.bpf.o")), 0);
    write_object("refused.bpf.o", bytes.data, bytes.size);
    expect_lab(lab, false);
    memcpy(longer, bytes.data, bytes.size);
    write_object("refused.bpf.o", longer, bytes.size + 1);
    expect_lab(lab, true);
    expect_lab(lab, false);
    bytes_free(&bytes);
}

static void asked_where_a_note_is_none(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "{\"of\": 1}",
                                        "{\"of\": \"x\", \"ports\": 1, \"refused\": []}"};
    struct lab *lab = refused_up(one_node);

    (void)state;
    notes_at("notes");
    expect_lab(lab, true);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        notes_spoil(texts[i]);
        expect_lab(lab, true);
        expect_lab(lab, false);
    }
}

/* It may be the sizes that the kernel refuses. */
static void sizes_of_ones_own_make_no_note(void **state)
{
    struct lab *lab = refused_up("pods: [{name: a}]\nmaps: [{name: km_service, entries: 10}]\n");

    (void)state;
    notes_at("notes");
    expect_lab(lab, true);
    expect_lab(lab, true);
}

/* Whoever wants all or nothing asks. */
static void whole_labs_have_no_notes(void **state)
{
    struct lab *lab = refused_up(one_node);
    char log[64];

    (void)state;
    notes_at("notes");
    expect_lab(lab, true);
    assert_int_equal(fixture_programs(lab, fixture.objects), -EACCES);
    snprintf(log, sizeof(log), "%s/state.verifier-sendmsg_prog.log", fixture.root);
    assert_int_equal(unlink(log), 0);
}

static int notes_down(void **state)
{
    unsetenv("WAYPOST_NOTES");
    return fixture_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(asked_once, notes_down),
        cmocka_unit_test_teardown(asked_again, notes_down),
        cmocka_unit_test_teardown(asked_where_a_note_is_none, notes_down),
        cmocka_unit_test_teardown(sizes_of_ones_own_make_no_note, notes_down),
        cmocka_unit_test_teardown(whole_labs_have_no_notes, notes_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
