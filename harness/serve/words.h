/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words, by what they are about. Each takes its arguments, NULL-terminated, of which there are
 * at least as many as the table in words.c says; 0 or a negative number as in session.h.
 */
#pragma once

#include "serve/session.h"

/* Finds the word and calls it. The verdict is in the session then. */
void word_answer(struct session *s, char *const *words, size_t n);

/* -- What a test needs (need.c) ------------------------------------------------------------------
 */

/* Skips the test where the lab is without one of the programs. */
int word_require_program(struct session *s, char *const *names);
/* Where no object has them; what the kernel refuses is there. */
int word_require_object(struct session *s, char *const *names);
int word_require_layout(struct session *s, char *const *maps);
int word_require_setting(struct session *s, char *const *names);
int word_require(struct session *s, char *const *probe);
int word_expect_program(struct session *s, char *const *name);
int word_need_connect(struct session *s, char *const *family);
int word_need_tlv(struct session *s, char *const *none);

/* The family of --family among the words, else `family`. */
enum family need_family(char *const *words, enum family family);
bool need_has(char *const *words, const char *word);
/* What fills a map or goes by it, and the fields that are written. */
int need_map(struct session *s, char *const *words);
int need_connect(struct session *s, enum family family);
int need_program(struct session *s, const char *name);
/* The entry of a program that the lab is without, NULL when it has it. */
const json_t *need_absent(struct session *s, const char *name);

/* -- Doing (flow.c, state.c, programs_log.c, command.c, verdict.c, lab.c)
 * ---------------------------------------------------
 */

int word_flow(struct session *s, char *const *words);
int word_keep(struct session *s, char *const *words);
int word_go_on(struct session *s, char *const *words);
int word_connect_many(struct session *s, char *const *words);
int word_taken(struct session *s, char *const *words);
int word_observed(struct session *s, char *const *fields);
int word_pretend(struct session *s, char *const *words);

int word_manage(struct session *s, char *const *words);
int word_map_set(struct session *s, char *const *words);
int word_map_delete(struct session *s, char *const *words);
int word_map_get(struct session *s, char *const *words);
int word_map_dump(struct session *s, char *const *words);
int word_policy(struct session *s, char *const *words);
int word_expect_managed(struct session *s, char *const *words);
int word_expect_manage(struct session *s, char *const *words);
int word_expect_map(struct session *s, char *const *words);
int word_expect_count(struct session *s, char *const *words);
int word_expect_sockets(struct session *s, char *const *words);
int word_expect_log(struct session *s, char *const *words);
int word_refute_log(struct session *s, char *const *words);
int word_allow_log(struct session *s, char *const *words);
int word_unasked_log(struct session *s, char *const *none);
int word_expect_verdicts(struct session *s, char *const *words);
int word_expect_outcomes(struct session *s, char *const *words);
int word_same_answers(struct session *s, char *const *words);
/* One key of a map as it is now, in s->output; "" when it is not there. */
int state_get(struct session *s, const char *map, const char *key);

int word_exec_in(struct session *s, char *const *words);
int word_exec_ok(struct session *s, char *const *words);
int word_expect_status(struct session *s, char *const *words);

int word_lab_up(struct session *s, char *const *words);
int word_lab_down(struct session *s, char *const *words);
int word_lab_reset(struct session *s, char *const *none);
int word_lab_changed(struct session *s, char *const *none);
int word_step(struct session *s, char *const *words);
int word_report(struct session *s, char *const *none);
int word_bundle(struct session *s, char *const *words);

/* -- What a lab or a test must not leave behind (left.c) -----------------------------------------
 */

int word_leak_remember(struct session *s, char *const *none);
int word_expect_no_leak(struct session *s, char *const *words);
int word_expect_no_strays(struct session *s, char *const *words);

/* -- What a flow saw (seen.c) --------------------------------------------------------------------
 */

int word_expect_connected(struct session *s, char *const *words);
int word_expect_errno(struct session *s, char *const *words);
int word_expect_peer(struct session *s, char *const *words);
int word_expect_payload(struct session *s, char *const *words);
int word_expect_tlv(struct session *s, char *const *words);
int word_expect_no_tlv(struct session *s, char *const *words);
int word_expect_head(struct session *s, char *const *words);
int word_expect_received(struct session *s, char *const *words);
int word_expect_echo(struct session *s, char *const *words);
int word_expect_waypoint(struct session *s, char *const *words);
int word_expect_led_or_refused(struct session *s, char *const *words);
int word_expect_backend(struct session *s, char *const *ends);
int word_expect_backend_or_untouched(struct session *s, char *const *ends);
int word_expect_untouched(struct session *s, char *const *none);
int word_expect_peers(struct session *s, char *const *ends);
int word_expect_seen(struct session *s, char *const *words);
int word_expect_seen_like(struct session *s, char *const *words);

/* -- What the programs report and keep (records.c, reports.c) ------------------------------------
 */

int word_forget_records(struct session *s, char *const *words);
int word_records(struct session *s, char *const *words);
int word_record(struct session *s, char *const *patterns);
int word_recorded(struct session *s, char *const *fields);
int word_no_more_records(struct session *s, char *const *words);
int word_expect_field(struct session *s, char *const *words);
int word_expect_fields(struct session *s, char *const *words);
int word_storage(struct session *s, char *const *words);
int word_plant(struct session *s, char *const *words);
int word_setting(struct session *s, char *const *words);
int word_expect_reports(struct session *s, char *const *directions);
int word_expect_asked(struct session *s, char *const *words);
int word_expect_bytes(struct session *s, char *const *words);
int word_expect_times(struct session *s, char *const *none);
