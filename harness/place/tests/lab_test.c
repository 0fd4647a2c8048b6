// SPDX-License-Identifier: Apache-2.0
#include "place/open.h"

#include <errno.h>
#include <string.h>

#include "common/tests/capture.h"
#include "place/tests/fixture_state.h"

static void overwrite(const char *name, const char *file, const char *text)
{
    _cleanup_free_ char *path = fixture_in_lab(name, file);

    fixture_write(path, text);
}

static void a_new_lab_knows_its_places(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = fixture_make_lab("places");
    _cleanup_free_ char *netns = NULL, *cgroup = NULL, *expected = NULL;
    struct stat st;

    (void)unused;
    assert_string_equal(lab->bpf_dir, "/sys/fs/bpf/waypost/places");
    assert_string_equal(lab->run, "hand");
    assert_int_equal(stat(lab->state_dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(fixture_state, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(lab_netns_name(lab, "p1", &netns), 0);
    assert_string_equal(netns, "waypost.places.p1");
    assert_int_equal(lab_pod_cgroup(lab, &lab->topology->pods[1], &cgroup), 0);
    assert_true(asprintf(&expected, "%s/waypost/hand/places/n1/p1", lab->cgroup_root) > 0);
    assert_string_equal(cgroup, expected);
    assert_int_equal(lab_forget(lab), 0);
    assert_int_equal(access(lab->state_dir, F_OK), -1);
}

static void an_opened_lab_is_the_one_that_was_made(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = NULL;

    (void)unused;
    fixture_make_ready("same");
    /* It stays where it was made, whatever the environment says now. */
    setenv("WAYPOST_RUN_ID", "another", 1);
    setenv("WAYPOST_BPFFS", "/elsewhere", 1);
    assert_int_equal(lab_open("same", &lab), 0);
    unsetenv("WAYPOST_RUN_ID");
    unsetenv("WAYPOST_BPFFS");
    assert_int_equal(lab->family, FAMILY_V6);
    assert_int_equal(lab->topology->n_pods, 3);
    assert_string_equal(lab->topology->pods[2].name, "p2");
    assert_string_equal(lab->run, "hand");
    assert_string_equal(lab->bpf_dir, "/sys/fs/bpf/waypost/same");
    lab_free(&lab);
    fixture_drop("same");
}

static void there_is_one_lab_of_a_name(void **unused)
{
    struct topology *t;
    struct lab *lab = NULL;
    struct capture said;

    (void)unused;
    fixture_make_ready("one");
    t = fixture_topology(fixture_yaml, 1, 1);
    capture_start(&said);
    assert_int_equal(lab_new("one", FAMILY_V4, &t, &lab), -EEXIST);
    capture_end(&said);
    assert_string_equal(said.last, "there is a lab 'one' already: `waypost down one` removes it");
    assert_null(lab);
    assert_non_null(t);
    topology_free(&t);
    fixture_drop("one");
}

/* A name never leaves its directory. */
static void bad_names_are_refused(void **unused)
{
    static const char *const names[] = {"",
                                        "..",
                                        "../x",
                                        "a/b",
                                        "A",
                                        "a_b",
                                        "-a",
                                        "a-",
                                        "a.b",
                                        "a b",
                                        "a\n",
                                        "%s",
                                        "abcdefghijklmnopqrstuvwxyz0123456789"};
    struct topology *t = fixture_topology(fixture_yaml, 1, 1);
    struct capture said;
    struct lab *lab = NULL;

    (void)unused;
    capture_start(&said);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_int_equal(lab_new(names[i], FAMILY_V4, &t, &lab), -EINVAL);
        assert_non_null(strstr(said.last, "cannot name a lab"));
        assert_int_equal(lab_open(names[i], &lab), -EINVAL);
        assert_int_equal(lab_open_any(names[i], &lab), -EINVAL);
    }
    capture_end(&said);
    assert_null(lab);
    topology_free(&t);
}

static void bad_surroundings_are_refused(void **unused)
{
    struct topology *t = fixture_topology(fixture_yaml, 1, 1);
    struct capture said;
    struct lab *lab = NULL;

    (void)unused;
    capture_start(&said);
    setenv("WAYPOST_RUN_ID", "../..", 1);
    assert_int_equal(lab_new("env", FAMILY_V4, &t, &lab), -EINVAL);
    unsetenv("WAYPOST_RUN_ID");
    setenv("WAYPOST_STATE", "relative", 1);
    assert_int_equal(lab_new("env", FAMILY_V4, &t, &lab), -EINVAL);
    setenv("WAYPOST_STATE", "/tmp", 1);
    assert_int_equal(lab_new("env", FAMILY_V4, &t, &lab), -EPERM);
    assert_non_null(strstr(said.last, "can be written by somebody else"));
    setenv("WAYPOST_STATE", "/nowhere/at/all", 1);
    assert_int_equal(lab_new("env", FAMILY_V4, &t, &lab), -ENOENT);
    setenv("WAYPOST_STATE", "/dev/null", 1);
    assert_int_equal(lab_new("env", FAMILY_V4, &t, &lab), -ENOTDIR);
    setenv("WAYPOST_STATE", fixture_state, 1);
    capture_end(&said);
    assert_null(lab);
    topology_free(&t);
}

static void an_unknown_lab_is_answered_by_the_known(void **unused)
{
    struct capture said;
    struct lab *lab = NULL;

    (void)unused;
    capture_start(&said);
    assert_int_equal(lab_open("none", &lab), -ENOENT);
    assert_non_null(strstr(said.last, "nor any other"));
    capture_end(&said);
    fixture_make_ready("beta");
    fixture_make_ready("alpha");
    capture_start(&said);
    assert_int_equal(lab_open("none", &lab), -ENOENT);
    assert_string_equal(said.last, "there is no lab 'none', only alpha, beta");
    assert_int_equal(lab_open_any("none", &lab), -ENOENT);
    capture_end(&said);
    assert_null(lab);
    fixture_drop("alpha");
    fixture_drop("beta");
}

static void labs_are_listed_in_order(void **unused)
{
    _cleanup_strings_ struct strings names = {0};

    (void)unused;
    fixture_make_ready("b");
    fixture_make_ready("a");
    assert_int_equal(lab_list(&names), 0);
    assert_int_equal(names.n, 2);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "b");
    fixture_drop("a");
    fixture_drop("b");
}

static void half_a_lab_is_only_good_for_down(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = fixture_make_lab("half");
    _cleanup_free_ char *path = NULL;
    struct capture said;

    (void)unused;
    lab_free(&lab); /* as if `up` had been killed */
    capture_start(&said);
    assert_int_equal(lab_open("half", &lab), -EINVAL);
    capture_end(&said);
    assert_string_equal(said.last,
                        "lab 'half' is half made: `waypost down half` removes what there is");
    assert_int_equal(lab_open_any("half", &lab), 0);
    assert_int_equal(lab->topology->n_pods, 3);
    assert_int_equal(lab_forget(lab), 0);
    lab_free(&lab);
    /* Killed between the first two system calls. */
    path = fixture_in_lab("half", "");
    assert_int_equal(mkdir(path, 0700), 0);
    capture_start(&said);
    assert_int_equal(lab_open("half", &lab), -EINVAL);
    assert_int_equal(lab_open_any("half", &lab), 0);
    capture_end(&said);
    assert_int_equal(lab->topology->n_pods, 0);
    assert_string_equal(lab->bpf_dir, "/sys/fs/bpf/waypost/half");
    assert_int_equal(lab_forget(lab), 0);
}

/* Whatever is in the files: one clear end, and `down` still has its way. */
static void damaged_files_are_refused(void **unused)
{
    static const struct {
        const char *file, *text;
    } damage[] = {
        {"lab.json", ""},
        {"lab.json", "{"},
        {"lab.json", "[]"},
        {"lab.json", "{}"},
        {"lab.json", "{\"version\": 2}"},
        {"lab.json", "{\"version\": 1, \"family\": \"v5\"}"},
        {"lab.json", "{\"version\": 1, \"family\": \"mapped\", \"run\": \"hand\", "
                     "\"cgroup_root\": \"/sys/fs/cgroup\", \"bpffs\": \"/sys/fs/bpf\"}"},
        {"lab.json", "{\"version\": 1, \"family\": \"v4\", \"run\": \"../..\", "
                     "\"cgroup_root\": \"/sys/fs/cgroup\", \"bpffs\": \"/sys/fs/bpf\"}"},
        {"lab.json", "{\"version\": 1, \"family\": \"v4\", \"run\": \"hand\", "
                     "\"cgroup_root\": \"\", \"bpffs\": \"/sys/fs/bpf\"}"},
        {"topology.yaml", ""},
        {"topology.yaml", "pods: ["},
        {"topology.yaml", "pods: 7\n"},
        {"topology.yaml", "\xff\xfe\x01"},
    };
    struct capture said;

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
        _cleanup_(lab_free) struct lab *lab = NULL;

        fixture_make_ready("bad");
        overwrite("bad", damage[i].file, damage[i].text);
        capture_start(&said);
        assert_int_equal(lab_open("bad", &lab), -EINVAL);
        assert_string_equal(said.last, "lab 'bad' cannot be read: `waypost down bad` removes it");
        assert_int_equal(lab_open_any("bad", &lab), 0);
        capture_end(&said);
        assert_int_equal(lab->topology->n_pods, 0);
        assert_string_equal(lab->run, "hand");
        assert_int_equal(lab_forget(lab), 0);
    }
}

static void forgetting_follows_no_link(void **unused)
{
    _cleanup_free_ char *link = NULL, *deep = NULL, *deeper = NULL;
    char outside[96], kept[128];

    (void)unused;
    (void)snprintf(outside, sizeof(outside), "%s/outside", fixture_dir);
    (void)snprintf(kept, sizeof(kept), "%s/kept", outside);
    assert_int_equal(mkdir(outside, 0700), 0);
    fixture_write(kept, "kept");
    fixture_make_ready("linked");
    link = fixture_in_lab("linked", "agents");
    deep = fixture_in_lab("linked", "logs");
    deeper = fixture_in_lab("linked", "logs/more");
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(mkdir(deeper, 0700), 0);
    fixture_drop("linked");
    assert_int_equal(access(kept, F_OK), 0);
}

static void pods_and_nodes_are_found_or_named(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = fixture_make_lab("find");
    const struct topology_node *node;
    const struct topology_pod *pod;
    struct capture said;

    (void)unused;
    assert_int_equal(lab_pod(lab, "p1", &pod), 0);
    assert_ptr_equal(pod, &lab->topology->pods[1]);
    assert_int_equal(lab_node(lab, "n1", &node), 0);
    assert_ptr_equal(node, &lab->topology->nodes[1]);
    capture_start(&said);
    assert_int_equal(lab_pod(lab, "n1", &pod), -ENOENT);
    assert_string_equal(said.last, "lab 'find' has no pod 'n1', only p0, p1, p2");
    assert_int_equal(lab_pod(lab, "../p1", &pod), -ENOENT);
    assert_int_equal(lab_node(lab, "p1", &node), -ENOENT);
    assert_string_equal(said.last, "lab 'find' has no node 'p1', only n0, n1");
    assert_int_equal(lab_node(lab, NULL, &node), -EINVAL);
    capture_end(&said);
    assert_non_null(strstr(said.last, "n0, n1"));
    assert_int_equal(lab_forget(lab), 0);
}

static void many_names_are_cut_short(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct topology *t = NULL;
    const struct topology_node *node;
    const struct topology_pod *pod;
    struct capture said;

    (void)unused;
    fixture_need_cgroup2();
    t = fixture_topology(fixture_yaml, 1, 100);
    assert_int_equal(lab_new("many", FAMILY_V4, &t, &lab), 0);
    capture_start(&said);
    assert_int_equal(lab_pod(lab, "x", &pod), -ENOENT);
    capture_end(&said);
    assert_non_null(strstr(said.last, "p19 and 80 more"));
    assert_int_equal(lab_node(lab, NULL, &node), 0);
    assert_int_equal(lab_forget(lab), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_lab_knows_its_places),
        cmocka_unit_test(an_opened_lab_is_the_one_that_was_made),
        cmocka_unit_test(there_is_one_lab_of_a_name),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(bad_surroundings_are_refused),
        cmocka_unit_test(an_unknown_lab_is_answered_by_the_known),
        cmocka_unit_test(labs_are_listed_in_order),
        cmocka_unit_test(half_a_lab_is_only_good_for_down),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(forgetting_follows_no_link),
        cmocka_unit_test(pods_and_nodes_are_found_or_named),
        cmocka_unit_test(many_names_are_cut_short),
    };

    return cmocka_run_group_tests(tests, fixture_make_state, fixture_remove_state);
}
