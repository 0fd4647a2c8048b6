// SPDX-License-Identifier: Apache-2.0
#include "forge/verdict.h"

#include <assert.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "net/net.h"
#include "net/ns.h"
#include "net/plan.h"
#include "place/bpffs.h"
#include "unit/once.h"

static_assert(ONCE_ROOM <= PACKET_MAX, "what a program makes longer fits");

static const char *const verdict_xdp[] = {
    [XDP_ABORTED] = "aborted", [XDP_DROP] = "drop",         [XDP_PASS] = "pass",
    [XDP_TX] = "tx",           [XDP_REDIRECT] = "redirect",
};

static const char *const verdict_tc[] = {
    [TC_ACT_OK] = "ok",         [TC_ACT_RECLASSIFY] = "reclassify", [TC_ACT_SHOT] = "shot",
    [TC_ACT_PIPE] = "pipe",     [TC_ACT_STOLEN] = "stolen",         [TC_ACT_QUEUED] = "queued",
    [TC_ACT_REPEAT] = "repeat", [TC_ACT_REDIRECT] = "redirect",     [TC_ACT_TRAP] = "trap",
};

static const char *verdict_action(enum bpf_prog_type type, uint32_t answer)
{
    bool xdp = type == BPF_PROG_TYPE_XDP;
    const char *const *names = xdp ? verdict_xdp : verdict_tc;
    size_t n = xdp ? ARRAY_SIZE(verdict_xdp) : ARRAY_SIZE(verdict_tc);

    if (!xdp && answer == (uint32_t)TC_ACT_UNSPEC)
        return "unspec";
    return answer < n ? names[answer] : "unknown";
}

/* ---- the program ---- */

static int verdict_absent(const char *dir, const struct forge_place *place, const char *name)
{
    _cleanup_strings_ struct strings names = {};
    _cleanup_free_ char *list = NULL;

    if (bpffs_names(dir, &names) < 0)
        return -ENOENT;
    list = strings_join(&names, ", ");
    return err_say(ENOENT, "node '%s' has no program '%s' loaded; it has %s", place->node->name,
                   name, list && *list ? list : "none");
}

static int verdict_type(struct verdict_program *program)
{
    struct bpf_prog_info info = {};
    uint32_t size = sizeof(info);

    if (bpf_obj_get_info_by_fd(program->fd, &info, &size) < 0)
        return err_r(errno, "cannot look at the program '%s'", program->name);
    program->type = info.type;
    if (info.type == BPF_PROG_TYPE_XDP || info.type == BPF_PROG_TYPE_SCHED_CLS)
        return 0;
    return err_say(EINVAL, "'%s' sees no whole packets: only XDP and tc programs have verdicts",
                   program->name);
}

/* The pod's end of its link is where XDP is attached, the node's end where tc is. */
static uint32_t verdict_interface(const struct verdict_program *program)
{
    struct net_pair pair;

    if (!program->place->pod)
        return 0;
    net_plan_pod(&pair, forge_pod_index(program->place), -1);
    return (uint32_t)(program->type == BPF_PROG_TYPE_XDP ? pair.far.index : pair.near.index);
}

int verdict_open(const struct forge_place *place, const char *name, struct verdict_program *out)
{
    struct verdict_program program = {.name = name, .place = place, .fd = -1};
    _cleanup_free_ char *dir = NULL;
    int r = text_format(&dir, "%s/%s/programs", place->lab->bpf_dir, place->node->name);

    if (r < 0)
        return r;
    if (strchr(name, '/') || bpffs_open(dir, name, &program.fd) < 0)
        return verdict_absent(dir, place, name);
    r = verdict_type(&program);
    if (r < 0) {
        verdict_close(&program);
        return r;
    }
    program.interface = verdict_interface(&program);
    *out = program;
    return 0;
}

void verdict_close(struct verdict_program *program)
{
    cleanup_close(&program->fd);
    program->fd = -1;
}

struct verdict_job {
    const struct verdict_program *program;
    int (*fn)(void *data);
    void *data;
};

static int verdict_job(void *data)
{
    const struct verdict_job *job = data;
    const struct forge_place *place = job->program->place;
    bool in_pod = place->pod && job->program->type == BPF_PROG_TYPE_XDP;
    int r = net_enter(place->lab, in_pod ? place->pod->name : place->node->name);

    return r < 0 ? r : job->fn(job->data);
}

static int verdict_inside(void *data, int (*fn)(void *data), void *fn_data)
{
    struct verdict_job job = {data, fn, fn_data};

    return net_ns_call(verdict_job, &job);
}

/* ---- one packet ---- */

static uint32_t verdict_mark(const struct packet *packet)
{
    return packet->number[PACKET_N_MARK] < 0 ? 0 : (uint32_t)packet->number[PACKET_N_MARK];
}

static void verdict_before(const struct verdict_program *program, const struct packet *packet,
                           const struct packet_bytes *bytes, struct once *once)
{
    struct __sk_buff *skb = (struct __sk_buff *)once->context;

    once->size = (uint32_t)bytes->size;
    memcpy(once->data, bytes->bytes, bytes->size);
    if (program->type == BPF_PROG_TYPE_XDP) {
        once->xdp_interface = program->interface;
        return;
    }
    skb->mark = verdict_mark(packet);
    skb->ifindex = program->interface;
}

/* What the program left. */
struct verdict_after {
    const char *action;
    bool is_tc, changed;
    uint32_t mark;
};

static void verdict_answer(const struct verdict_after *after, char answer[TABLE_ANSWER_MAX])
{
    char mark[32] = "";

    if (after->is_tc)
        (void)snprintf(mark, sizeof(mark), " mark=0x%x", after->mark);
    (void)snprintf(answer, TABLE_ANSWER_MAX, "%s%s%s", after->action, mark,
                   after->changed ? " changed" : "");
}

static void verdict_json(const struct verdict_after *after, const struct packet *packet,
                         const struct once *once, json_t *j)
{
    struct packet_bytes bytes = {.size = once->size};

    memcpy(bytes.bytes, once->data, once->size);
    json_object_set_new(j, "action", json_string(after->action));
    json_object_set_new(j, "changed", json_boolean(after->changed));
    json_object_set_new(j, "after", table_hex(&bytes));
    if (!after->is_tc)
        return;
    json_object_set_new(j, "mark_in", json_integer(verdict_mark(packet)));
    json_object_set_new(j, "mark_out", json_integer(after->mark));
}

static int verdict_of(void *data, const char *where, const struct packet *packet,
                      const struct packet_bytes *bytes, char answer[TABLE_ANSWER_MAX], json_t *j)
{
    const struct verdict_program *program = data;
    struct verdict_after after = {.is_tc = program->type == BPF_PROG_TYPE_SCHED_CLS};
    struct once once = {.size = 0};
    uint32_t code;
    int r;

    if (bytes->size > ONCE_PACKET_MAX)
        return err_say(EINVAL, "%s: %zu bytes are too many to be run, %d are the most", where,
                       bytes->size, ONCE_PACKET_MAX);
    verdict_before(program, packet, bytes, &once);
    r = once_run(program->fd, program->type, &once, &code);
    if (r < 0)
        return err_r(r, "%s: the kernel does not run %s on this packet", where, program->name);
    after.action = verdict_action(program->type, code);
    after.mark = ((const struct __sk_buff *)once.context)->mark;
    after.changed = once.size != bytes->size || memcmp(once.data, bytes->bytes, once.size) != 0;
    verdict_answer(&after, answer);
    if (j)
        verdict_json(&after, packet, &once, j);
    return 0;
}

struct table_judge verdict_judge(struct verdict_program *program)
{
    return (struct table_judge){
        .called = "verdict",
        .scene = program->type == BPF_PROG_TYPE_XDP ? forge_arrives(program->place)
                                                    : forge_leaves(program->place),
        .data = program,
        .inside = verdict_inside,
        .judge = verdict_of,
    };
}
