// SPDX-License-Identifier: Apache-2.0
/* Directories of objects that are not as one wishes them: one sentence each, and nothing stays. */
#include "objects_fixture.h"

#include <elf.h>

#include "common/json.h"
#include "maps/topology.h"
#include "objects/elf.h"

static const char one_node[] = "pods: [{name: a}]\n";

static void test_empty(void **state)
{
    (void)state;
    expect_refused(fixture_up(one_node), -ENOENT, "there is no object", fixture.objects);
}

/* Wherever it is cut. */
static void test_truncated(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");

    (void)state;
    for (size_t size = 4; size < object.size; size += 1 + size / 8) {
        write_object("cut.o", object.data, size);
        expect_refused(lab, -EBADMSG, "cut.o", "cut short");
    }
}

/* Numbers that lead out of the file. */
static void test_broken(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");
    Elf64_Ehdr *header = (Elf64_Ehdr *)object.data;
    Elf64_Shdr *sections = (Elf64_Shdr *)(object.data + header->e_shoff);
    uint64_t offset = header->e_shoff;

    (void)state;
    header->e_shoff = UINT64_MAX - 7;
    write_object("broken.o", object.data, object.size);
    expect_refused(lab, -EBADMSG, "broken.o", "cut short");
    header->e_shoff = offset;
    header->e_shstrndx = 0xffff;
    write_object("broken.o", object.data, object.size);
    expect_refused(lab, -EBADMSG, "broken.o", "broken");
    header->e_shstrndx = 1;
    for (size_t i = 1; i < header->e_shnum; i++)
        sections[i].sh_size = UINT64_MAX;
    write_object("broken.o", object.data, object.size);
    expect_refused(lab, -EBADMSG, "broken.o", "section 1");
}

/* A type of a number that there is not, and a chain that comes back to itself: libbpf would fall
 * over the one and follow the other for ever. */
static void test_unsound_types(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");
    const uint8_t magic[] = {0x9f, 0xeb, 1, 0, 24, 0, 0, 0};
    uint8_t *btf = memmem(object.data, object.size, magic, sizeof(magic));
    uint32_t *type;

    (void)state;
    assert_non_null(btf);
    /* The first type is a pointer: name, kind, the type that it leads to. */
    type = (uint32_t *)(btf + 24);
    assert_int_equal(type[1] >> 24, 2);
    type[2] = 0xffff;
    write_object("types.o", object.data, object.size);
    expect_refused(lab, -EBADMSG, "types.o", "not sound");
    type[1] = 8 << 24;
    type[2] = 1;
    write_object("types.o", object.data, object.size);
    expect_refused(lab, -EBADMSG, "types.o", "not sound");
}

static void test_other_machines(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");
    Elf64_Ehdr *header = (Elf64_Ehdr *)object.data;

    (void)state;
    header->e_machine = EM_X86_64;
    write_object("x86.o", object.data, object.size);
    expect_refused(lab, -ENOENT, "x86.o", "is an ELF for x86-64, not for BPF");
    header->e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
    header->e_machine = __builtin_bswap16(EM_BPF);
    write_object("x86.o", object.data, object.size);
    expect_refused(lab, -ENOENT, "x86.o", "other byte order");
    /* Beside one for this machine they do no harm. */
    fixture_object("connect4", NULL);
    expect_up(lab, &(struct programs_source){.dir = fixture.objects});
    assert_int_equal(programs_down(lab), 0);
}

static void test_without_btf(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes lonely = read_object("wrong_hook");
    _cleanup_(bytes_free) struct bytes maps = read_object("connect4");

    (void)state;
    /* Without maps there is nothing that needs it. */
    replace(&lonely, ".BTF", ".XTF");
    replace(&lonely, "cgroup/connect6", "cgroup/connect4");
    write_object("lonely.o", lonely.data, lonely.size);
    expect_up(lab, &(struct programs_source){.dir = fixture.objects});
    assert_int_equal(programs_down(lab), 0);
    assert_int_equal(unlink(in_objects("lonely.o")), 0);
    replace(&maps, ".BTF", ".XTF");
    write_object("maps.o", maps.data, maps.size);
    expect_refused(lab, -EINVAL, "maps.o", "BTF");
}

static void test_wrong_programs(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("wrong_type", NULL);
    expect_refused(lab, -EPROTO, "sendmsg_prog of 'wrong_type.bpf.o'", "must be 'sk_msg'");
    assert_int_equal(unlink(in_objects("wrong_type.bpf.o")), 0);
    fixture_object("wrong_hook", NULL);
    expect_refused(lab, -EPROTO, "cgroup_connect4_prog of 'wrong_hook.bpf.o'",
                   "must be 'cgroup/connect4'");
}

static void test_wrong_maps(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("wrong_map", NULL);
    expect_refused(lab, -EPROTO, "'km_service' of 'wrong_map.bpf.o' is array", "must be hash");
    assert_int_equal(unlink(in_objects("wrong_map.bpf.o")), 0);
    fixture_object("wrong_size", NULL);
    expect_refused(lab, -EPROTO, "value 120", "value 132");
    fixture_object("connect6", NULL);
    expect_refused(lab, -EPROTO, "connect6.bpf.o", "wrong_size.bpf.o");
}

/* A lab that goes on is without the programs concerned, and says what is wrong with them. */
static void expect_goes_on(struct lab *lab, const char *attached, const char *refused,
                           const char *error)
{
    struct programs_source source = {.dir = fixture.objects, .partial = true};
    _cleanup_json_ json_t *absent = NULL, *list = NULL;
    size_t found = 0, i;
    const json_t *entry;

    expect_up(lab, &source);
    list = fixture_attached(lab, &lab->topology->nodes[0]);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")),
                        attached);
    assert_int_equal(programs_absent(lab, &absent), 0);
    json_array_foreach (absent, i, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "why")), "refused") != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(entry, "name")), refused);
        assert_non_null(strstr(json_string_value(json_object_get(entry, "error")), error));
        found++;
    }
    assert_int_equal(found, 1);
    assert_int_equal(maps_write_topology(lab), 0);
    assert_int_equal(programs_down(lab), 0);
    expect_nothing_stays(lab);
}

static void test_goes_on(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("connect6", NULL);
    fixture_object("wrong_type", NULL);
    expect_goes_on(lab, "cgroup_connect6_prog", "sendmsg_prog", "must be 'sk_msg'");
    assert_int_equal(unlink(in_objects("wrong_type.bpf.o")), 0);
    fixture_object("mismatch", NULL);
    expect_goes_on(lab, "cgroup_connect6_prog", "sendmsg_prog", "value 8)");
    assert_int_equal(unlink(in_objects("mismatch.bpf.o")), 0);
    /* Whichever comes first: the map that no layout has is the wrong one. */
    fixture_object("wrong_size", "a");
    expect_goes_on(lab, "cgroup_connect6_prog", "cgroup_connect4_prog", "value 120");
    assert_int_equal(unlink(in_objects("a.bpf.o")), 0);
    fixture_object("wrong_map", NULL);
    expect_goes_on(lab, "cgroup_connect6_prog", "cgroup_connect4_prog", "array");
}

static void test_endless(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("sockops", NULL);
    fixture_object("endless", NULL);
    fixture.errors[0] = '\0';
    assert_true(fixture_programs(lab, fixture.objects) < 0);
    fixture_expect_error("cgroup_connect4_prog");
    expect_nothing_stays(lab);
}

static void test_large(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");

    (void)state;
    write_object("large.o", object.data, object.size);
    assert_int_equal(truncate(in_objects("large.o"), 500 << 20), 0);
    expect_refused(lab, -EFBIG, "large.o", "524288000 bytes");
}

static void test_links(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    assert_int_equal(symlink("b.o", in_objects("a.o")), 0);
    assert_int_equal(symlink("a.o", in_objects("b.o")), 0);
    expect_refused(lab, -ELOOP, "a.o", "symbolic links");
    assert_int_equal(unlink(in_objects("a.o")), 0);
    expect_refused(lab, -ENOENT, "b.o", "No such file");
    assert_int_equal(unlink(in_objects("b.o")), 0);
    assert_int_equal(mkdir(in_objects("dir.o"), 0755), 0);
    expect_refused(lab, -ENOENT, "dir.o", "is no file");
    assert_int_equal(mkfifo(in_objects("fifo.o"), 0644), 0);
    expect_refused(lab, -ENOENT, "dir.o", "1 more");
    /* One file by two names is one file. */
    fixture_object("connect4", NULL);
    fixture_object("connect4", "again");
    expect_up(lab, &(struct programs_source){.dir = fixture.objects});
    assert_int_equal(programs_down(lab), 0);
}

static void test_not_a_directory(void **state)
{
    struct lab *lab = fixture_up(one_node);
    char path[128];

    (void)state;
    write_object("file", "x", 1);
    snprintf(path, sizeof(path), "%s", in_objects("file"));
    assert_int_equal(fixture_programs(lab, path), -ENOTDIR);
    fixture_expect_error("file");
    expect_nothing_stays(lab);
}

static int read_as_nobody(void *data)
{
    struct object_bytes bytes = {};

    fixture.errors[0] = '\0';
    if (seteuid(65534) < 0)
        return 2;
    return object_bytes_read(data, OBJECT_SIZE_MAX, &bytes) == -EACCES &&
                   strstr(fixture.errors, "secret.o")
               ? 0
               : 1;
}

static void test_unreadable(void **state)
{
    char path[128];

    (void)state;
    fixture_up(one_node);
    write_object("secret.o", "x", 1);
    snprintf(path, sizeof(path), "%s", in_objects("secret.o"));
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(fixture_in_pod("a", read_as_nobody, path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_empty, fixture_down),
        cmocka_unit_test_teardown(test_truncated, fixture_down),
        cmocka_unit_test_teardown(test_broken, fixture_down),
        cmocka_unit_test_teardown(test_unsound_types, fixture_down),
        cmocka_unit_test_teardown(test_other_machines, fixture_down),
        cmocka_unit_test_teardown(test_without_btf, fixture_down),
        cmocka_unit_test_teardown(test_wrong_programs, fixture_down),
        cmocka_unit_test_teardown(test_wrong_maps, fixture_down),
        cmocka_unit_test_teardown(test_goes_on, fixture_down),
        cmocka_unit_test_teardown(test_endless, fixture_down),
        cmocka_unit_test_teardown(test_large, fixture_down),
        cmocka_unit_test_teardown(test_links, fixture_down),
        cmocka_unit_test_teardown(test_not_a_directory, fixture_down),
        cmocka_unit_test_teardown(test_unreadable, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
