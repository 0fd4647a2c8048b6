// SPDX-License-Identifier: Apache-2.0
/* What the last flow has to have seen. */
#include <fnmatch.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "serve/words.h"

static int seen_equal(struct session *s, const char *what, const char *expected, const char *field)
{
    return session_equal(s, what, expected, session_seen(s, field));
}

static bool seen_has(const struct session *s, const char *field)
{
    return *session_seen(s, field) != '\0';
}

/* expect_seen WHAT FIELD VALUE */
int word_expect_seen(struct session *s, char *const *words)
{
    return seen_equal(s, words[0], words[2], words[1]);
}

/* expect_seen_like WHAT FIELD PATTERN, as in `case`. */
int word_expect_seen_like(struct session *s, char *const *words)
{
    const char *actual = session_seen(s, words[1]);

    return fnmatch(words[2], actual, FNM_EXTMATCH) == 0
               ? 0
               : session_differ(s, words[0], words[2], actual);
}

int word_expect_connected(struct session *s, char *const *words)
{
    _cleanup_free_ char *what = NULL;
    int r;

    (void)words;
    if (!seen_has(s, "client_errno"))
        return 0;
    r = text_format(&what, "the connection failed (%s)", session_seen(s, "client_stage"));
    return r < 0 ? r : seen_equal(s, what, "", "client_errno");
}

/* expect_errno NAME [STAGE] */
int word_expect_errno(struct session *s, char *const *words)
{
    int r = seen_equal(s, "the client's errno", words[0], "client_errno");

    if (r < 0 || !words[1])
        return r;
    return seen_equal(s, "where it failed", words[1], "client_stage");
}

/* -- Peer, hooks, listener -----------------------------------------------------------------------
 */

static int seen_taker(struct session *s, const char *end)
{
    const char *port = strrchr(end, ':');
    _cleanup_free_ char *pod = port ? strndup(end, (size_t)(port - end)) : strdup(end);
    int r = seen_equal(s, "the pod that accepted", pod ? pod : "", "listener_pod");

    if (r < 0)
        return r;
    r = seen_equal(s, "the port that accepted", port ? port + 1 : "", "listener_port");
    if (r < 0)
        return r;
    return seen_equal(s, "the client as the listener sees it",
                      session_seen(s, "client_local_plain"), "listener_peer");
}

/* What getpeername() says, what the hook left, and who accepted. */
static int seen_peer(struct session *s, const char *end)
{
    int r = word_expect_connected(s, NULL);

    if (r < 0)
        return r;
    r = seen_equal(s, "the client's peer", end, "client_peer_name");
    if (r < 0)
        return r;
    if (!seen_has(s, "asked")) /* a flow that goes on has made no connect */
        return seen_taker(s, end);
    r = seen_equal(s, "where the programs sent the connect", end, "hooks_after_name");
    return r < 0 ? r : seen_taker(s, end);
}

int word_expect_peer(struct session *s, char *const *words)
{
    return seen_peer(s, words[0]);
}

/* -- Bytes ---------------------------------------------------------------------------------------
 */

/* Every byte that was sent arrived, in order, and nothing else. */
int word_expect_payload(struct session *s, char *const *words)
{
    int r = seen_equal(s, "bytes that arrived", session_seen(s, "client_sent"),
                       "listener_payload_bytes");

    (void)words;
    if (r < 0)
        return r;
    r = seen_equal(s, "first wrong byte", "", "listener_payload_wrong_at");
    if (r < 0)
        return r;
    return seen_equal(s, "the payload's digest", session_seen(s, "client_sent_digest"),
                      "listener_payload_digest");
}

/* expect_tlv NAME:PORT: exactly one, well formed for the socket's family, with that destination. */
int word_expect_tlv(struct session *s, char *const *words)
{
    int r = word_need_tlv(s, NULL);

    if (r < 0)
        return r;
    r = seen_equal(s, "the TLV", "ok", "listener_tlv_status");
    if (r < 0)
        return r;
    r = seen_equal(s, "the TLV's destination", words[0], "listener_tlv_destination_name");
    if (r < 0)
        return r;
    return seen_equal(s, "the TLV's size", s->family == FAMILY_V4 ? "16" : "28",
                      "listener_tlv_size");
}

int word_expect_no_tlv(struct session *s, char *const *words)
{
    (void)words;
    return seen_equal(s, "the TLV", "none", "listener_tlv_status");
}

/* expect_head PATTERN: the first raw bytes, in hexadecimal digits; they may go on behind it. */
int word_expect_head(struct session *s, char *const *words)
{
    _cleanup_free_ char *pattern = NULL, *shown = NULL;
    const char *head = session_seen(s, "listener_head");
    int r = word_need_tlv(s, NULL);

    if (r < 0)
        return r;
    r = text_format(&pattern, "%s*", words[0]);
    if (r < 0)
        return r;
    if (fnmatch(pattern, head, FNM_EXTMATCH) == 0)
        return 0;
    r = text_format(&shown, "%s…", words[0]);
    return r < 0 ? r : session_differ(s, "the first bytes that the listener read", shown, head);
}

static int seen_received(struct session *s, const char *bytes)
{
    int r = seen_equal(s, "bytes that the client received", bytes, "client_received");

    if (r < 0)
        return r;
    return seen_equal(s, "first wrong byte that the client received", "",
                      "client_received_wrong_at");
}

/* expect_received N: every one of them right: the listener's greeting or an echo. */
int word_expect_received(struct session *s, char *const *words)
{
    return seen_received(s, words[0]);
}

int word_expect_echo(struct session *s, char *const *words)
{
    int r = seen_received(s, session_seen(s, "client_sent"));

    (void)words;
    if (r < 0)
        return r;
    return seen_equal(s, "the digest of what came back", session_seen(s, "client_sent_digest"),
                      "client_received_digest");
}

/* -- Whole flows ---------------------------------------------------------------------------------
 */

/* expect_waypoint WAYPOINT:PORT ASKED:PORT */
int word_expect_waypoint(struct session *s, char *const *words)
{
    int r = word_need_tlv(s, NULL);

    if (r < 0)
        return r;
    r = seen_peer(s, words[0]);
    if (r < 0)
        return r;
    r = word_expect_tlv(s, words + 1);
    return r < 0 ? r : word_expect_payload(s, NULL);
}

/* A whole waypoint flow; or the application was told by the kernel, before the flow's own deadline,
 * and the waypoint has read nothing. */
int word_expect_led_or_refused(struct session *s, char *const *words)
{
    const char *read = session_seen(s, "listener_raw_bytes");
    int r = word_need_tlv(s, NULL);

    if (r < 0)
        return r;
    if (!seen_has(s, "client_errno"))
        return word_expect_waypoint(s, words);
    r = seen_equal(s, "the client was left waiting", "false", "client_deadline");
    if (r < 0)
        return r;
    return session_equal(s, "bytes that the waypoint read of a flow that failed", "0",
                         *read ? read : "0");
}

/* The one of several ends that the hook left, else the first. */
static const char *seen_one_of(const struct session *s, char *const *ends)
{
    const char *after =
        session_seen(s, seen_has(s, "asked") ? "hooks_after_name" : "client_peer_name");

    for (char *const *end = ends; *end; end++) {
        if (strcmp(*end, after) == 0)
            return *end;
    }
    return ends[0];
}

/* expect_backend POD:PORT…: redirected to one of them or direct, without a TLV. */
int word_expect_backend(struct session *s, char *const *ends)
{
    int r = seen_peer(s, seen_one_of(s, ends));

    if (r < 0)
        return r;
    r = word_expect_no_tlv(s, NULL);
    return r < 0 ? r : word_expect_payload(s, NULL);
}

int word_expect_backend_or_untouched(struct session *s, char *const *ends)
{
    const char *asked = session_seen(s, "asked");

    if (strcmp(session_seen(s, "hooks_after"), asked) == 0)
        return word_expect_untouched(s, NULL);
    return word_expect_backend(s, ends);
}

/* It arrived there, and without a TLV where a listener of the lab took it. */
static int seen_arrived(struct session *s)
{
    int r = seen_equal(s, "the client's peer", session_seen(s, "asked"), "client_peer");

    if (r < 0 || !seen_has(s, "listener_pod"))
        return r;
    r = seen_equal(s, "where it was taken", session_seen(s, "asked_name"), "listener_local_name");
    return r < 0 ? r : word_expect_no_tlv(s, NULL);
}

/* The application was told, and nobody took it: what failed did not go elsewhere either. */
static int seen_failed(struct session *s)
{
    if (!seen_has(s, "client_errno"))
        return session_differ(s, "what the client was told", "an error, or a peer", "");
    return seen_equal(s, "who took a flow that failed", "", "listener_pod");
}

/* The programs were asked and left it as it was, which the client and a listener bear out, whether
 * or not anybody answers there. */
int word_expect_untouched(struct session *s, char *const *none)
{
    const char *asked = session_seen(s, "asked");
    int r = seen_equal(s, "what the programs were asked", asked, "hooks_before");

    (void)none;
    if (r < 0)
        return r;
    r = seen_equal(s, "where the programs sent the connect", asked, "hooks_after");
    if (r < 0)
        return r;
    return seen_has(s, "client_peer") ? seen_arrived(s) : seen_failed(s);
}

/* -- Many connections ----------------------------------------------------------------------------
 */

/* Whether "NAME:PORT" is among "NAME:PORT=N NAME:PORT=N…". */
static bool seen_among(const char *peers, const char *end)
{
    size_t length = strlen(end);

    for (; *peers; peers += strcspn(peers, " "), peers += *peers == ' ') {
        if (strncmp(peers, end, length) == 0 && peers[length] == '=')
            return true;
    }
    return false;
}

static bool seen_allowed(const char *peer, char *const *ends)
{
    size_t length = strcspn(peer, "=");

    for (; *ends; ends++) {
        if (strlen(*ends) == length && strncmp(*ends, peer, length) == 0)
            return true;
    }
    return false;
}

static int seen_peers_differ(struct session *s, char *const *ends)
{
    _cleanup_free_ char *expected = NULL;
    size_t size;
    FILE *out = open_memstream(&expected, &size);

    if (!out)
        return -1;
    for (const char *gap = ""; *ends; ends++, gap = " ")
        fprintf(out, "%s%s", gap, *ends);
    fclose(out);
    return session_differ(s, "where the connections ended", expected,
                          session_seen(s, "client_peers_name"));
}

/* expect_peers NAME:PORT…: the connections ended at each of these, and nowhere else. */
int word_expect_peers(struct session *s, char *const *ends)
{
    const char *peers = session_seen(s, "client_peers_name");

    for (char *const *end = ends; *end; end++) {
        if (!seen_among(peers, *end))
            return seen_peers_differ(s, ends);
    }
    for (const char *at = peers; *at; at += strcspn(at, " "), at += *at == ' ') {
        if (!seen_allowed(at, ends))
            return seen_peers_differ(s, ends);
    }
    return 0;
}
