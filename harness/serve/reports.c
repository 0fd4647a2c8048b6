// SPDX-License-Identifier: Apache-2.0
/* What is in the records of connections: requests for authorization, and reports. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "serve/records.h"
#include "serve/words.h"

static int reports_choose(struct session *s, const char *direction, const char *state)
{
    _cleanup_free_ char *one = NULL, *two = NULL;
    char *patterns[3] = {NULL};
    int r = text_format(&one, "direction=%s", direction);

    if (r < 0)
        return r;
    r = text_format(&two, "state=%s", state);
    if (r < 0)
        return r;
    patterns[0] = one;
    patterns[1] = two;
    return word_record(s, patterns);
}

/* expect_reports DIRECTION…: of each end one report of the beginning and one of the end come. The
 * last one's end is chosen. */
int word_expect_reports(struct session *s, char *const *directions)
{
    char n[24], *records[] = {"km_tcp_probe", n, NULL};
    size_t count = 0;
    int r;

    while (directions[count])
        count++;
    snprintf(n, sizeof(n), "%zu", count * 2);
    r = word_records(s, records);
    for (; r == 0 && *directions; directions++) {
        r = reports_choose(s, *directions, "established");
        if (r == 0)
            r = reports_choose(s, *directions, "close");
    }
    return r;
}

/* expect_asked POD TARGET:PORT: the one request that comes is that of the last flow, from the pod
 * to that end. */
int word_expect_asked(struct session *s, char *const *words)
{
    const char *client = session_seen(s, "client_local_plain"), *port = strrchr(client, ':');
    char *records[] = {"km_auth_req", "1", NULL};
    _cleanup_free_ char *name = NULL;
    int r = word_records(s, records);

    if (r < 0)
        return r;
    r = text_format(&name, "%s:%s", words[0], port ? port + 1 : "");
    if (r < 0)
        return r;
    /* How records call this family: IPv4-mapped is IPv4. */
    r = records_equal(s, "family", s->family == FAMILY_V6 ? "v6" : "v4");
    if (r < 0)
        return r;
    r = records_equal(s, "client", client);
    if (r < 0)
        return r;
    r = records_equal(s, "client_name", name);
    return r < 0 ? r : records_equal(s, "server_name", words[1]);
}

/* expect_bytes FIELD N: so many, or one more: the kernel counts the end of a stream as a byte. */
int word_expect_bytes(struct session *s, char *const *words)
{
    long long expected = atoll(words[1]), actual;
    _cleanup_free_ char *what = NULL, *both = NULL;
    const char *text;
    int r = records_field(s, words[0], &text);

    if (r < 0)
        return r;
    actual = atoll(text);
    if (actual == expected || actual == expected + 1)
        return 0;
    r = text_format(&what, "the field %s", words[0]);
    if (r < 0)
        return r;
    r = text_format(&both, "%lld, or %lld with the stream's end", expected, expected + 1);
    return r < 0 ? r : session_differ(s, what, both, text);
}

/* expect_times: the record's own times agree. */
int word_expect_times(struct session *s, char *const *none)
{
    const char *start, *report;
    _cleanup_free_ char *duration = NULL, *both = NULL;
    int r = records_field(s, "start_ns", &start);

    (void)none;
    if (r < 0)
        return r;
    r = records_field(s, "report_ns", &report);
    if (r < 0)
        return r;
    if (atoll(start) <= 0 || atoll(report) < atoll(start)) {
        r = text_format(&both, "%s, %s", start, report);
        return r < 0 ? r : session_differ(s, "start_ns and report_ns", "in that order", both);
    }
    r = text_format(&duration, "%lld", atoll(report) - atoll(start));
    return r < 0 ? r : records_equal(s, "duration_ns", duration);
}
