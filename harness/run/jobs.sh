# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Jobs side by side. A job is a command that prints TAP; what it prints is kept in $RESULTS, in the
# form that harness/report/run.h describes, and `waypost report` counts it. Sourced by run.sh.
#
# The runner waits for events on a FIFO, never longer than the next deadline:
#   begin JOB                         a test of the job begins
#   test JOB                          a test of the job has a result
#   counts JOB PASSED FAILED SKIPPED  all of them
#   done JOB STATUS                   the job's command has ended

declare -a JOBS_NAME=() JOBS_VARIANT=() JOBS_LIMIT=() JOBS_COMMAND=() JOBS_PID=() JOBS_START=()
declare -a JOBS_COUNTS=() JOBS_MS=() JOBS_RUNNING=()
declare -A JOBS_SENT=()
declare -i JOBS_SIDE_BY_SIDE=1 JOBS_NEXT=0 JOBS_TESTS=0 JOBS_TESTS_DONE=0 JOBS_NOT_PASSED=0
RESULTS=${WAYPOST_RESULTS:-}
JOBS_LIVE='' JOBS_IS_LIVE=''

jobs_now_us() {
    printf -v "$1" '%s' "${EPOCHREALTIME/[.,]/}"
}

# One for each core, and two for the tests that wait for a timer of the kernel's (a SYN is repeated
# after 1 s): with two cores the suites take 14.0 s instead of 16.8 s.
jobs_default() {
    echo $(($(build_cores) + 2))
}

# jobs_open SIDE-BY-SIDE
jobs_open() {
    [[ -d $RESULTS ]] || die "$CODE_FAILED" "there is no directory for the results"
    JOBS_SIDE_BY_SIDE=$1
    WAYPOST_EVENTS=$TMPDIR/events
    export WAYPOST_EVENTS
    mkfifo "$WAYPOST_EVENTS"
    exec {JOBS_EVENTS}<>"$WAYPOST_EVENTS"
    : >"$RESULTS/plan"
    : >"$RESULTS/ends"
    jobs_open_live
    jobs_live_rest facts
    jobs_live_rest tests
}

# ---- live: in a virtual machine the results go out of it line by line, for it may not live to the end ----

# $WAYPOST_LIVE is the number of a file descriptor, which takes lines FILE \t LINE. No test gets it.
jobs_open_live() {
    if [[ -n ${WAYPOST_LIVE:-} ]]; then
        # Not by a name: a port can be opened once only.
        exec {JOBS_LIVE}>&"$WAYPOST_LIVE"
    else
        exec {JOBS_LIVE}>/dev/null
    fi
    JOBS_IS_LIVE=${WAYPOST_LIVE:-}
    unset WAYPOST_LIVE
}

# jobs_live_rest FILE: what was not sent of it yet.
jobs_live_rest() {
    local -a lines

    [[ -n $JOBS_IS_LIVE && -e $RESULTS/$1 ]] || return 0
    mapfile -t -s "${JOBS_SENT[$1]:-0}" lines <"$RESULTS/$1"
    ((${#lines[@]} == 0)) || printf "$1\t%s\n" "${lines[@]}" >&"$JOBS_LIVE"
    JOBS_SENT[$1]=$((${JOBS_SENT[$1]:-0} + ${#lines[@]}))
}

# jobs_add NAME VARIANT bats|program TESTS LIMIT COMMAND...: TESTS is "-" when not known.
jobs_add() {
    local name=$1 variant=$2 tests=$4 command

    printf '%s\t%s\t%s\t%s\n' "$name" "$variant" "$3" "$tests" >>"$RESULTS/plan"
    JOBS_LIMIT[${#JOBS_NAME[@]}]=$5
    shift 5
    printf -v command '%q ' "$@"
    JOBS_COMMAND[${#JOBS_NAME[@]}]=$command
    JOBS_VARIANT[${#JOBS_NAME[@]}]=$variant
    JOBS_NAME+=("$name")
    [[ $tests == - ]] || JOBS_TESTS+=$tests
}

# jobs_title VARIABLE JOB
jobs_title() {
    printf -v "$1" '%s' "${JOBS_NAME[$2]}${JOBS_VARIANT[$2]:+ [${JOBS_VARIANT[$2]}]}"
}

# ---- one job ----

jobs_start() {
    local -i job=$1
    local file=$RESULTS/${JOBS_NAME[job]}${JOBS_VARIANT[job]:+.${JOBS_VARIANT[job]}}

    jobs_now_us "JOBS_START[$job]"
    # A process group of its own, with the signals as they are by default.
    set -m
    (
        set +m
        status=0
        export WAYPOST_JOB=$WAYPOST_RUN_ID/$job
        (eval "${JOBS_COMMAND[job]}") </dev/null >"$file.tap" 2>"$file.err" || status=$?
        printf 'done %d %d\n' "$job" "$status" >"$WAYPOST_EVENTS"
    ) {JOBS_EVENTS}>&- {JOBS_LIVE}>&- 3>&- &
    set +m
    JOBS_PID[job]=$!
    JOBS_RUNNING[job]=1
    JOBS_COUNTS[job]=''
}

# The pids of a job's processes: by its process group, and by its mark in the environment, which
# those have too that went into sessions of their own.
jobs_pids() {
    local -i job=$1
    local path

    pgrep -g "${JOBS_PID[job]}" || true
    grep -lszFx "WAYPOST_JOB=$WAYPOST_RUN_ID/$job" /proc/[0-9]*/environ |
        while IFS=/ read -r _ _ path _; do
            [[ $path == "$BASHPID" || $path == "$$" ]] || say "$path"
        done || true
}

# What a job that does not end is busy with: its processes that are not bats' own.
jobs_processes() {
    local pid line seen=''

    for pid; do
        line=''
        while IFS= read -r -d '' word; do
            line+="${line:+ }$word"
        done <"/proc/$pid/cmdline" 2>/dev/null || true
        case $line in
        '' | *bats-core/* | *bats-exec-* | */bin/bats\ * | *tap-stamp.sh* | *__inside*) ;;
        *) [[ $seen == *"($pid)"* ]] || seen+="${seen:+, }${line:0:80} ($pid)" ;;
        esac
    done
    say "${seen:0:400}"
}

jobs_kill() {
    local -i job=$1
    local -a pids

    mapfile -t pids < <(jobs_pids "$job")
    jobs_end "$job" limit "${JOBS_LIMIT[job]}" "$(jobs_processes "${pids[@]}" 2>/dev/null)"
    kill -KILL -- "-${JOBS_PID[job]}" "${pids[@]}" 2>/dev/null || true
    wait "${JOBS_PID[job]}" 2>/dev/null || true
}

# jobs_end JOB exit|limit NUMBER TEXT
jobs_end() {
    local -i job=$1 now ms
    local text=${4//[$'\t\n']/ }

    jobs_now_us now
    ms=$(((now - JOBS_START[job]) / 1000))
    printf '%s\t%s\t%s\t%d\t%d\t%s\n' "${JOBS_NAME[job]}" "${JOBS_VARIANT[job]}" "$2" "$3" "$ms" \
        "$text" >>"$RESULTS/ends"
    jobs_live_rest ends
    unset "JOBS_RUNNING[$job]"
    JOBS_MS[job]=$ms
    jobs_say_end "$job" "$2" "$3" "$ms"
}

# ---- progress: one line that changes on a terminal, one line per job elsewhere ----

jobs_is_live() {
    [[ -t 1 && -z ${CI:-} ]]
}

jobs_say_progress() {
    local -a running=("${!JOBS_RUNNING[@]}")
    local title=''

    jobs_is_live || return 0
    ((${#running[@]} == 0)) || jobs_title title "${running[0]}"
    printf '\r\033[K%d of %d  %s' "$JOBS_TESTS_DONE" "$JOBS_TESTS" "$title"
}

jobs_say_end() {
    local -i job=$1 ms=$4 passed=0 failed=0 skipped=0
    local verdict=ok counts='did not end' title

    jobs_title title "$job"
    if [[ -n ${JOBS_COUNTS[job]} ]]; then
        read -r passed failed skipped <<<"${JOBS_COUNTS[job]}"
        counts="$passed passed"
        ((failed == 0)) || counts+=", $failed failed"
        ((skipped == 0)) || counts+=", $skipped skipped"
    elif [[ $2 == exit ]]; then
        counts=''
    fi
    if [[ $2 == limit ]] || (($3 != 0)); then
        verdict=FAILED
        JOBS_NOT_PASSED+=1
    fi
    if jobs_is_live; then
        printf '\r\033[K'
        [[ $verdict != ok ]] || return 0
    fi
    printf '%-6s %-40s %4d.%d s  %s\n' "$verdict" "$title" $((ms / 1000)) $((ms % 1000 / 100)) \
        "$counts"
}

# ---- the loop ----

jobs_event() {
    local event=$1
    local -i job=$2

    [[ -n ${JOBS_RUNNING[$job]:-} ]] || return 0
    jobs_live_rest "${JOBS_NAME[job]}${JOBS_VARIANT[job]:+.${JOBS_VARIANT[job]}}.tap"
    case $event in
    test)
        JOBS_TESTS_DONE+=1
        jobs_say_progress
        ;;
    counts) JOBS_COUNTS[job]="$3 $4 $5" ;;
    done)
        wait "${JOBS_PID[job]}" 2>/dev/null || true
        jobs_end "$job" exit "$3" ''
        ;;
    esac
}

# Kills the jobs that are over their limit; leaves the seconds to the next deadline in $JOBS_WAIT.
jobs_check_limits() {
    local -i job now left next=3600000000

    jobs_now_us now
    for job in "${!JOBS_RUNNING[@]}"; do
        left=$((JOBS_START[job] + JOBS_LIMIT[job] * 1000000 - now))
        if ((left <= 0)); then
            jobs_kill "$job"
        elif ((left < next)); then
            next=$left
        fi
    done
    printf -v JOBS_WAIT '%d.%06d' $((next / 1000000)) $((next % 1000000))
}

# Runs what was added since the last call.
jobs_run() {
    local event job first second third

    jobs_live_rest plan
    while ((JOBS_NEXT < ${#JOBS_NAME[@]} || ${#JOBS_RUNNING[@]} > 0)); do
        while ((JOBS_NEXT < ${#JOBS_NAME[@]} && ${#JOBS_RUNNING[@]} < JOBS_SIDE_BY_SIDE)); do
            jobs_start "$JOBS_NEXT"
            JOBS_NEXT+=1
        done
        jobs_say_progress
        jobs_check_limits
        ((${#JOBS_RUNNING[@]} > 0)) || continue
        if read -r -t "$JOBS_WAIT" -u "$JOBS_EVENTS" event job first second third; then
            jobs_event "$event" "$job" "$first" "$second" "$third"
        fi
    done
}
