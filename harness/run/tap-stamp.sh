#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A formatter for bats: passes its TAP on with time stamps, and tells the runner how far it is
# ($WAYPOST_EVENTS, see jobs.sh). Shell builtins only: no process per test.
trap '' INT

declare -i passed=0 failed=0 skipped=0

exec {events}>"$WAYPOST_EVENTS"
while IFS= read -r line || [[ -n $line ]]; do
    case $line in
    'begin '*)
        printf '#@ %s %s\n' "${EPOCHREALTIME/[.,]/}" "$line"
        printf 'begin %d\n' "${WAYPOST_JOB##*/}" >&"$events"
        continue
        ;;
    'suite '*) continue ;;
    'ok '*' # skip'*) skipped+=1 ;;
    'ok '*) passed+=1 ;;
    'not ok '*) failed+=1 ;;
    *)
        printf '%s\n' "$line"
        continue
        ;;
    esac
    printf '#@ %s\n%s\n' "${EPOCHREALTIME/[.,]/}" "$line"
    printf 'test %d\n' "${WAYPOST_JOB##*/}" >&"$events"
done
printf 'counts %d %d %d %d\n' "${WAYPOST_JOB##*/}" "$passed" "$failed" "$skipped" >&"$events"
