// SPDX-License-Identifier: Apache-2.0
/* The reduced type information says of its types what the kernel's whole one says. */
#include "lab/tests/bpf_fixture.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>

#include "objects/btf.h"
#include "objects/elf.h"
#include "objects/verifier_log.h"

static void test_essential(void **state)
{
    (void)state;
    assert_int_equal(btf_essential_length("sock"), 4);
    assert_int_equal(btf_essential_length("sock___local"), 4);
    assert_int_equal(btf_essential_length("a___b"), 1);
    assert_int_equal(btf_essential_length("___sock"), 7);
    assert_int_equal(btf_essential_length("sock___"), 7);
    assert_int_equal(btf_essential_length("sock____x"), 9);
    assert_int_equal(btf_essential_length("a___b___c"), 5);
    assert_int_equal(btf_essential_length(""), 0);
}

static struct btf *kernel_types(void)
{
    if (access("/sys/kernel/btf/vmlinux", R_OK) < 0) {
        print_message("skipped: needs /sys/kernel/btf/vmlinux\n");
        skip();
    }
    return btf__load_vmlinux_btf();
}

static void expect_same_members(const struct btf *a, const struct btf *b, const char *name)
{
    int id_a = btf__find_by_name_kind(a, name, BTF_KIND_STRUCT);
    int id_b = btf__find_by_name_kind(b, name, BTF_KIND_STRUCT);
    const struct btf_type *type_a, *type_b;

    assert_true(id_a > 0 && id_b > 0);
    type_a = btf__type_by_id(a, (uint32_t)id_a);
    type_b = btf__type_by_id(b, (uint32_t)id_b);
    assert_int_equal(type_a->size, type_b->size);
    assert_int_equal(btf_vlen(type_a), btf_vlen(type_b));
    for (uint32_t i = 0; i < btf_vlen(type_a); i++) {
        const struct btf_member *x = btf_members(type_a) + i, *y = btf_members(type_b) + i;

        assert_string_equal(btf__name_by_offset(a, x->name_off),
                            btf__name_by_offset(b, y->name_off));
        assert_int_equal(x->offset, y->offset);
        assert_int_equal(btf__resolve_size(a, x->type), btf__resolve_size(b, y->type));
    }
}

static void test_reduce(void **state)
{
    char *wanted[] = {"tcp_sock", "no_such_type"};
    struct btf_names names = {wanted, 2};
    struct btf *kernel = kernel_types(), *reduced = NULL;

    (void)state;
    assert_non_null(kernel);
    assert_int_equal(btf_reduce(kernel, &names, &reduced), 0);
    expect_same_members(kernel, reduced, "tcp_sock");
    expect_same_members(kernel, reduced, "inet_connection_sock");
    assert_true(btf__find_by_name(reduced, "task_struct") < 0);
    assert_true(btf__type_cnt(reduced) < 2000);
    btf__free(reduced);
    btf__free(kernel);
}

static void object_path(char path[PATH_MAX + 64])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

    assert_true(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/bpf/lab/relocated.bpf.o");
}

/* The object's instructions as relocated against `btf` (NULL: the kernel's). */
static struct bpf_object *relocated(const char *path, const char *btf,
                                    const struct bpf_insn **insns, size_t *n)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = btf);
    struct bpf_object *object = bpf_object__open_file(path, &options);
    struct bpf_program *program = bpf_object__next_program(object, NULL);
    struct bpf_insn before[256];
    size_t n_before;

    assert_non_null(program);
    assert_true(bpf_program__insn_cnt(program) <= ARRAY_SIZE(before));
    n_before = bpf_program__insn_cnt(program);
    memcpy(before, bpf_program__insns(program), n_before * sizeof(*before));
    /* Its own helpers are not to be judged: without root it is not loaded at all. */
    bpf_object__load(object);
    *insns = bpf_program__insns(program);
    *n = bpf_program__insn_cnt(program);
    assert_int_equal(*n, n_before);
    assert_memory_not_equal(*insns, before, *n * sizeof(*before));
    return object;
}

static void write_reduced(const char *object, const char *path)
{
    _cleanup_(btf_names_free) struct btf_names names = {};
    _cleanup_(object_bytes_free) struct object_bytes bytes = {};
    struct btf *kernel = kernel_types(), *reduced = NULL;
    FILE *file = fopen(path, "we");
    uint32_t size;
    const void *data;

    assert_int_equal(object_bytes_read(object, OBJECT_SIZE_MAX, &bytes), 0);
    assert_int_equal(btf_names_add(&names, &bytes), 0);
    assert_int_equal(names.n, 3);
    assert_int_equal(btf_reduce(kernel, &names, &reduced), 0);
    data = btf__raw_data(reduced, &size);
    assert_non_null(file);
    assert_int_equal(fwrite(data, size, 1, file), 1);
    fclose(file);
    btf__free(reduced);
    btf__free(kernel);
}

static void test_same_instructions(void **state)
{
    char object[PATH_MAX + 64], btf[] = "/tmp/waypost-btf-XXXXXX";
    const struct bpf_insn *whole, *part;
    size_t n_whole, n_part;
    struct bpf_object *a, *b;
    int fd;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: needs root\n");
        skip();
    }
    programs_log_init();
    fd = mkstemp(btf);
    assert_true(fd >= 0);
    close(fd);
    object_path(object);
    write_reduced(object, btf);
    a = relocated(object, NULL, &whole, &n_whole);
    b = relocated(object, btf, &part, &n_part);
    assert_int_equal(n_whole, n_part);
    assert_memory_equal(whole, part, n_whole * sizeof(*whole));
    bpf_object__close(a);
    bpf_object__close(b);
    unlink(btf);
}

/* A member that is of a variable's "type", as only somebody who means harm writes it. */
static void test_no_type(void **state)
{
    char *wanted[] = {"sock"};
    struct btf_names names = {wanted, 1};
    struct btf *btf = btf__new_empty(), *reduced = NULL;
    const void *data;
    uint32_t size;
    int number, variable, other;

    (void)state;
    number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
    for (int i = 0; i < 4; i++) /* none of them is taken: the reduced one has fewer */
        other = btf__add_const(btf, number);
    variable = btf__add_var(btf, "v", BTF_VAR_STATIC, other);
    assert_true(btf__add_struct(btf, "sock", 8) > 0);
    assert_int_equal(btf__add_field(btf, "a", number, 0, 0), 0);
    assert_int_equal(btf__add_field(btf, "b", variable, 32, 0), 0);
    data = btf__raw_data(btf, &size);
    assert_int_equal(btf_check(data, size), 0);
    assert_int_equal(btf_reduce(btf, &names, &reduced), 0);
    data = btf__raw_data(reduced, &size);
    assert_int_equal(btf_check(data, size), 0);
    btf__free(reduced);
    btf__free(btf);
}

/* The type information with its last type's only value named by what is no name. */
static void expect_nameless_value_refused(const struct btf *btf, uint32_t id)
{
    const struct btf_type *type = btf__type_by_id(btf, id);
    _cleanup_free_ uint8_t *copy = NULL;
    const uint32_t nowhere = 0x7fffffff;
    uint32_t size;
    const uint8_t *data = btf__raw_data(btf, &size);
    const struct btf_header *header = (const void *)data;
    size_t at = (size_t)((const uint8_t *)(type + 1) - (const uint8_t *)btf__type_by_id(btf, 1));

    assert_int_equal(btf_check(data, size), 0);
    copy = malloc(size);
    memcpy(copy, data, size);
    memcpy(copy + header->hdr_len + header->type_off + at, &nowhere, sizeof(nowhere));
    assert_int_equal(btf_check(copy, size), -EBADMSG);
}

static void test_nameless_values(void **state)
{
    struct btf *btf = btf__new_empty(), *wide = btf__new_empty();
    int id = btf__add_enum(btf, "e", 4), wide_id = btf__add_enum64(wide, "e", 8, false);

    (void)state;
    assert_true(id == 1 && wide_id == 1);
    assert_int_equal(btf__add_enum_value(btf, "a", 1), 0);
    assert_int_equal(btf__add_enum64_value(wide, "a", 1), 0);
    expect_nameless_value_refused(btf, 1);
    expect_nameless_value_refused(wide, 1);
    btf__free(btf);
    btf__free(wide);
}

/* An object that was compiled without -g. */
static void test_no_types(void **state)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr sections[2];
        char names[16];
    } file = {.header = {.e_type = ET_REL,
                         .e_machine = EM_BPF,
                         .e_shoff = sizeof(Elf64_Ehdr),
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = 2,
                         .e_shstrndx = 1},
              .sections = {{0},
                           {.sh_name = 1,
                            .sh_type = SHT_STRTAB,
                            .sh_offset = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Shdr),
                            .sh_size = 16}},
              .names = "\0.strtab"};
    _cleanup_(btf_names_free) struct btf_names names = {};
    _cleanup_(object_bytes_free) struct object_bytes bytes = {};
    struct elf_look look;

    (void)state;
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    assert_int_equal(object_bytes_copy("x.o", &file, sizeof(file), &bytes), 0);
    assert_int_equal(elf_look(&bytes, &look), 0);
    assert_true(look.ours);
    assert_int_equal(btf_names_add(&names, &bytes), 0);
    assert_int_equal(names.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_essential),         cmocka_unit_test(test_reduce),
        cmocka_unit_test(test_same_instructions), cmocka_unit_test(test_no_type),
        cmocka_unit_test(test_nameless_values),   cmocka_unit_test(test_no_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
