// SPDX-License-Identifier: Apache-2.0
#include "serve/words.h"

#include <string.h>

#include "common/cleanup.h"

static const struct word {
    const char *name;
    size_t arguments; /* at least */
    int (*run)(struct session *s, char *const *arguments);
} word_table[] = {
    {"flow", 2, word_flow},
    {"expect_waypoint", 2, word_expect_waypoint},
    {"expect_backend", 1, word_expect_backend},
    {"expect_untouched", 0, word_expect_untouched},
    {"lab_reset", 0, word_lab_reset},
    {"lab_changed", 0, word_lab_changed},
    {"expect_errno", 1, word_expect_errno},
    {"keep", 3, word_keep},
    {"go_on", 2, word_go_on},
    {"connect_many", 3, word_connect_many},
    {"taken", 2, word_taken},
    {"observed", 1, word_observed},
    {"pretend", 2, word_pretend},
    {"manage", 2, word_manage},
    {"map_set", 3, word_map_set},
    {"map_delete", 2, word_map_delete},
    {"map_get", 2, word_map_get},
    {"map_dump", 1, word_map_dump},
    {"policy", 2, word_policy},
    {"exec_in", 3, word_exec_in},
    {"exec_ok", 3, word_exec_ok},
    {"expect_status", 1, word_expect_status},
    {"expect_connected", 0, word_expect_connected},
    {"expect_peer", 1, word_expect_peer},
    {"expect_payload", 0, word_expect_payload},
    {"expect_tlv", 1, word_expect_tlv},
    {"expect_no_tlv", 0, word_expect_no_tlv},
    {"expect_head", 1, word_expect_head},
    {"expect_received", 1, word_expect_received},
    {"expect_echo", 0, word_expect_echo},
    {"expect_led_or_refused", 2, word_expect_led_or_refused},
    {"expect_backend_or_untouched", 1, word_expect_backend_or_untouched},
    {"expect_peers", 1, word_expect_peers},
    {"expect_seen", 3, word_expect_seen},
    {"expect_seen_like", 3, word_expect_seen_like},
    {"expect_managed", 2, word_expect_managed},
    {"expect_manage", 1, word_expect_manage},
    {"expect_map", 3, word_expect_map},
    {"expect_count", 2, word_expect_count},
    {"expect_sockets", 1, word_expect_sockets},
    {"expect_log", 1, word_expect_log},
    {"refute_log", 1, word_refute_log},
    {"allow_log", 1, word_allow_log},
    {"unasked_log", 0, word_unasked_log},
    {"forget_records", 0, word_forget_records},
    {"records", 2, word_records},
    {"record", 1, word_record},
    {"recorded", 1, word_recorded},
    {"no_more_records", 1, word_no_more_records},
    {"expect_field", 2, word_expect_field},
    {"expect_fields", 2, word_expect_fields},
    {"storage", 2, word_storage},
    {"plant", 3, word_plant},
    {"setting", 1, word_setting},
    {"expect_reports", 1, word_expect_reports},
    {"expect_asked", 2, word_expect_asked},
    {"expect_bytes", 2, word_expect_bytes},
    {"expect_times", 0, word_expect_times},
    {"expect_verdicts", 3, word_expect_verdicts},
    {"expect_outcomes", 3, word_expect_outcomes},
    {"same_answers", 4, word_same_answers},
    {"require", 1, word_require},
    {"require_program", 1, word_require_program},
    {"require_object", 1, word_require_object},
    {"require_layout", 1, word_require_layout},
    {"require_setting", 1, word_require_setting},
    {"expect_program", 1, word_expect_program},
    {"need_connect", 1, word_need_connect},
    {"need_tlv", 0, word_need_tlv},
    {"lab_up", 1, word_lab_up},
    {"lab_down", 2, word_lab_down},
    {"leak_remember", 0, word_leak_remember},
    {"expect_no_leak", 1, word_expect_no_leak},
    {"expect_no_strays", 1, word_expect_no_strays},
    {"step", 1, word_step},
    {"report", 0, word_report},
    {"bundle", 3, word_bundle},
};

static const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(word_table); i++) {
        if (strcmp(word_table[i].name, name) == 0)
            return &word_table[i];
    }
    return NULL;
}

void word_answer(struct session *s, char *const *words, size_t n)
{
    const struct word *word = word_find(words[0]);
    int r;

    if (!word)
        r = session_fail(s, "there is no word '%s'", words[0]);
    else if (n - 1 < word->arguments)
        r = session_fail(s, "'%s' needs %zu arguments", word->name, word->arguments);
    else
        r = word->run(s, words + 1);
    if (r < 0 && s->verdict == VERDICT_PASSED)
        (void)session_fail(s, "'%s' could not be carried out: %s", words[0], strerror(-r));
}
