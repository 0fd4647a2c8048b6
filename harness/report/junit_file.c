// SPDX-License-Identifier: Apache-2.0
#include "report/junit_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/whole_file.h"

void junit_file_free(mxml_node_t **xml)
{
    mxmlDelete(*xml);
}

/* mxml can put a newline around nodes, which keeps the file readable and changes no text. */
static const char *junit_file_whitespace(mxml_node_t *node, int where)
{
    static const char *const lines[] = {"testsuite", "properties", "testcase", "system-err"};
    const char *name = mxmlGetElement(node);

    if (!name)
        return NULL;
    if (strcmp(name, "testsuites") == 0)
        return where == MXML_WS_BEFORE_CLOSE || where == MXML_WS_AFTER_CLOSE ? "\n" : NULL;
    for (size_t i = 0; where == MXML_WS_BEFORE_OPEN && i < ARRAY_SIZE(lines); i++) {
        if (strcmp(name, lines[i]) == 0)
            return "\n";
    }
    return NULL;
}

static int junit_file_save(FILE *file, const void *data)
{
    mxmlSetWrapMargin(0);
    if (mxmlSaveFile((mxml_node_t *)data, file, junit_file_whitespace) < 0)
        return errno ? -errno : -EIO;
    return 0;
}

int junit_file_write(mxml_node_t *xml, const char *path)
{
    return whole_file_write(path, junit_file_save, xml);
}

/* mxml says what is wrong with a file on stderr, unless somebody else wants to know. */
static void junit_file_ignore(const char *message)
{
    (void)message;
}

int junit_file_parse(const char *path, const void *bytes, size_t size, mxml_node_t **out)
{
    _cleanup_free_ char *text = strndup(bytes ? bytes : "", size);
    mxml_node_t *xml;

    if (!text)
        return err_r(ENOMEM, "cannot read '%s'", path);
    mxmlSetErrorCallback(junit_file_ignore);
    xml = strlen(text) == size ? mxmlLoadString(NULL, text, MXML_OPAQUE_CALLBACK) : NULL;
    mxmlSetErrorCallback(NULL);
    if (!xml)
        return err_say(EINVAL, "'%s' is not XML", path);
    *out = xml;
    return 0;
}

char *junit_file_text(mxml_node_t *xml)
{
    mxmlSetWrapMargin(0);
    return mxmlSaveAllocString(xml, junit_file_whitespace);
}
