// SPDX-License-Identifier: Apache-2.0
#include "report/merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/junit_file.h"
#include "common/text.h"

struct merge_source {
    const char *path;
    const char *kernel, *accelerator, *objects;
    long shard, shards;
};

static int merge_no_memory(void)
{
    return err_r(ENOMEM, "cannot merge the files");
}

/* The element's children of that name, one after the other. */
static mxml_node_t *merge_next(mxml_node_t *parent, mxml_node_t *before, const char *name)
{
    mxml_node_t *node = before ? mxmlGetNextSibling(before) : mxmlGetFirstChild(parent);

    while (node && (!mxmlGetElement(node) || strcmp(mxmlGetElement(node), name) != 0))
        node = mxmlGetNextSibling(node);
    return node;
}

/* ---- where a file comes from ---- */

static const char *merge_property(mxml_node_t *suite, const char *name)
{
    mxml_node_t *list = merge_next(suite, NULL, "properties"), *node = NULL;

    while (list && (node = merge_next(list, node, "property"))) {
        const char *found = mxmlElementGetAttr(node, "name");
        const char *value = mxmlElementGetAttr(node, "value");

        if (found && value && strcmp(found, name) == 0)
            return value;
    }
    return "";
}

/* "2/4"; "" is the whole. */
static int merge_read_shard(struct merge_source *source, const char *text)
{
    int end = -1;

    source->shard = source->shards = 1;
    if (!*text)
        return 0;
    if (sscanf(text, "%4ld/%4ld%n", &source->shard, &source->shards, &end) != 2 || text[end] ||
        source->shard < 1 || source->shard > source->shards || source->shards > MERGE_SHARDS_MAX)
        return err_say(EINVAL, "'%s': its shard is '%s', must be as 2/4", source->path, text);
    return 0;
}

static int merge_read_source(struct merge_source *source, mxml_node_t *suite)
{
    source->kernel = merge_property(suite, "kernel");
    source->accelerator = merge_property(suite, "accelerator");
    source->objects = merge_property(suite, "objects");
    return merge_read_shard(source, merge_property(suite, "shard"));
}

static bool merge_is_column(const struct merge_column *column, const struct merge_source *source)
{
    return strcmp(column->kernel, source->kernel) == 0 &&
           strcmp(column->accelerator, source->accelerator) == 0 &&
           strcmp(column->objects, source->objects) == 0;
}

static int merge_new_column(struct merge *merge, const struct merge_source *source)
{
    struct merge_column *columns =
        reallocarray(merge->columns, merge->n_columns + 1, sizeof(*columns));
    struct merge_column *column;

    if (!columns)
        return merge_no_memory();
    merge->columns = columns;
    column = &columns[merge->n_columns++];
    *column = (struct merge_column){
        .kernel = text_clean(source->kernel, strlen(source->kernel)),
        .accelerator = text_clean(source->accelerator, strlen(source->accelerator)),
        .objects = text_clean(source->objects, strlen(source->objects)),
        .shards = source->shards,
        .was_read = calloc((size_t)source->shards, sizeof(bool)),
    };
    return column->kernel && column->accelerator && column->objects && column->was_read
               ? 0
               : merge_no_memory();
}

static int merge_find_column(struct merge *merge, const struct merge_source *source,
                             struct merge_column **out)
{
    size_t i = 0;

    while (i < merge->n_columns && !merge_is_column(&merge->columns[i], source))
        i++;
    if (i == merge->n_columns) {
        int r = merge_new_column(merge, source);

        if (r < 0)
            return r;
    }
    *out = &merge->columns[i];
    if ((*out)->shards != source->shards)
        return err_say(EINVAL, "'%s' is one of %ld shards, another file one of %ld", source->path,
                       source->shards, (*out)->shards);
    if ((*out)->was_read[source->shard - 1])
        return err_say(EINVAL, "'%s': shard %ld/%ld of kernel '%s' is there already", source->path,
                       source->shard, source->shards, source->kernel);
    (*out)->was_read[source->shard - 1] = true;
    return 0;
}

/* ---- tests ---- */

static int merge_add_test(struct merge_column *column, mxml_node_t *node, const char *path)
{
    const char *file = mxmlElementGetAttr(node, "classname");
    const char *name = mxmlElementGetAttr(node, "name");
    struct differences_test *tests, *test;
    _cleanup_free_ char *whole = NULL;

    if (!file || !name)
        return err_say(EINVAL, "'%s' has a test without a name", path);
    if (text_format(&whole, "%s: %s", file, name) < 0)
        return -ENOMEM;
    tests = reallocarray(column->tests, column->n_tests + 1, sizeof(*tests));
    if (!tests)
        return merge_no_memory();
    column->tests = tests;
    test = &tests[column->n_tests++];
    test->outcome = merge_next(node, NULL, "failure")   ? TAP_FAILED
                    : merge_next(node, NULL, "error")   ? TAP_INCONCLUSIVE
                    : merge_next(node, NULL, "skipped") ? TAP_SKIPPED
                                                        : TAP_PASSED;
    test->name = text_clean(whole, strlen(whole));
    return test->name ? 0 : merge_no_memory();
}

static int merge_add_suite(struct merge_column *column, mxml_node_t *suite, const char *path)
{
    mxml_node_t *node = NULL;

    while ((node = merge_next(suite, node, "testcase"))) {
        int r = merge_add_test(column, node, path);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Takes the suites out of the file, into the whole. */
static int merge_take(struct merge *merge, mxml_node_t *suites, const char *path)
{
    struct merge_source source = {.path = path};
    struct merge_column *column;
    mxml_node_t *suite = merge_next(suites, NULL, "testsuite");
    int r;

    if (!suite)
        return err_say(EINVAL, "'%s' has no test suite in it", path);
    r = merge_read_source(&source, suite);
    if (r < 0)
        return r;
    r = merge_find_column(merge, &source, &column);
    if (r < 0)
        return r;
    for (; suite; suite = merge_next(suites, NULL, "testsuite")) {
        r = merge_add_suite(column, suite, path);
        if (r < 0)
            return r;
        mxmlAdd(merge->suites, MXML_ADD_AFTER, MXML_ADD_TO_PARENT, suite);
    }
    return 0;
}

int merge_add(struct merge *merge, const char *path, const void *bytes, size_t size)
{
    _cleanup_(junit_file_free) mxml_node_t *xml = NULL;
    mxml_node_t *suites;
    const char *name;
    int r = junit_file_parse(path, bytes, size, &xml);

    if (r < 0)
        return r;
    suites = merge_next(xml, NULL, "testsuites");
    name = suites ? mxmlElementGetAttr(suites, "name") : NULL;
    if (!name || strcmp(name, "waypost") != 0)
        return err_say(EINVAL, "'%s' is not a JUnit file of waypost", path);
    return merge_take(merge, suites, path);
}

/* ---- the whole ---- */

static void merge_finish_column(struct merge *merge, struct merge_column *column)
{
    for (size_t i = 0; i < column->n_tests; i++) {
        column->passed += column->tests[i].outcome == TAP_PASSED;
        column->failed += column->tests[i].outcome == TAP_FAILED;
        column->skipped += column->tests[i].outcome == TAP_SKIPPED;
        column->inconclusive += column->tests[i].outcome == TAP_INCONCLUSIVE;
    }
    differences_sort(column->tests, column->n_tests);
    for (long i = 0; i < column->shards; i++)
        merge->missing += !column->was_read[i];
    merge->passed += column->passed;
    merge->failed += column->failed;
    merge->skipped += column->skipped;
    merge->inconclusive += column->inconclusive;
}

int merge_finish(struct merge *merge)
{
    mxml_node_t *suites = merge->suites;

    for (size_t i = 0; i < merge->n_columns; i++)
        merge_finish_column(merge, &merge->columns[i]);
    mxmlElementSetAttr(suites, "name", "waypost");
    mxmlElementSetAttrf(suites, "tests", "%zu",
                        merge->passed + merge->failed + merge->skipped + merge->inconclusive);
    mxmlElementSetAttrf(suites, "failures", "%zu", merge->failed);
    mxmlElementSetAttrf(suites, "errors", "%zu", merge->inconclusive);
    mxmlElementSetAttrf(suites, "skipped", "%zu", merge->skipped);
    return 0;
}

bool merge_skipped_only(const struct merge *merge)
{
    return merge->passed + merge->failed + merge->inconclusive == 0 && merge->skipped > 0;
}

int merge_exit_code(const struct merge *merge, bool allow_skipped)
{
    if (merge->failed + merge->missing > 0)
        return 1;
    if (merge->inconclusive > 0)
        return 3;
    if (merge_skipped_only(merge))
        return allow_skipped ? 0 : 2;
    return merge->passed == 0 ? 2 : 0;
}

int merge_new(struct merge **out)
{
    _cleanup_(merge_free) struct merge *merge = calloc(1, sizeof(*merge));

    if (!merge)
        return merge_no_memory();
    merge->xml = mxmlNewXML("1.0");
    merge->suites = merge->xml ? mxmlNewElement(merge->xml, "testsuites") : NULL;
    if (!merge->suites)
        return merge_no_memory();
    *out = TAKE_PTR(merge);
    return 0;
}

static void merge_free_column(struct merge_column *column)
{
    for (size_t i = 0; i < column->n_tests; i++)
        free(column->tests[i].name);
    free(column->tests);
    free(column->was_read);
    free(column->kernel);
    free(column->accelerator);
    free(column->objects);
}

void merge_free(struct merge **merge)
{
    if (!*merge)
        return;
    for (size_t i = 0; i < (*merge)->n_columns; i++)
        merge_free_column(&(*merge)->columns[i]);
    free((*merge)->columns);
    mxmlDelete((*merge)->xml);
    free(*merge);
    *merge = NULL;
}
