# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh suite`: which tests run, each file as a bats process of its own per family, several side by
# side. Sourced by run.sh.

readonly SUITE_DIR=${WAYPOST_SUITES:-$ROOT/suites}
readonly SUITE_DURATIONS=$BUILD/durations

declare -a SUITE_PATTERNS=() SUITE_TAGS=() SUITE_JOBS=() SUITE_LIST=()
# The command line once more, with absolute paths, for the inner run.sh.
declare -a SUITE_ARGUMENTS=()
SUITE_SIDE_BY_SIDE='' SUITE_JUNIT='' SUITE_OBJECTS='' SUITE_KEEP='' SUITE_ONLY_LIST='' SUITE_IDS='' SUITE_NONE_FAILED=''
SUITE_EXPECT='' SUITE_TAP='' SUITE_RECORD=''
SUITE_LIMIT=${WAYPOST_TIME_LIMIT:-120}

# ---- the command line ----

# suite_need_number OPTION VALUE
suite_need_number() {
    [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || die "$CODE_MISTAKE" "$1 takes a number from 1, not '$2'"
}

# suite_find_expectations NAME: suites/expectations/NAME.txt, or a path with a slash in it.
suite_find_expectations() {
    local path=$1
    local -a names=("$SUITE_DIR"/expectations/*.txt)

    case $path in
    /*) ;;
    */*) path=$CALLER/$path ;;
    *) path=$SUITE_DIR/expectations/$path.txt ;;
    esac
    names=("${names[@]##*/}")
    names=("${names[@]%.txt}")
    [[ -f $path ]] ||
        die "$CODE_MISTAKE" "--expect: there is no file '$path'; there are: ${names[*]:-none}"
    SUITE_EXPECT=$path
}

suite_take_option() {
    local option=$1 value=$2

    case $option in
    --jobs | -j)
        suite_need_number "$option" "$value"
        SUITE_SIDE_BY_SIDE=$value
        ;;
    --time-limit)
        suite_need_number "$option" "$value"
        SUITE_LIMIT=$value
        ;;
    --junit | --tap)
        [[ $value == /* ]] || value=$CALLER/$value
        [[ -d ${value%/*}/ ]] || die "$CODE_MISTAKE" "$option: there is no directory '${value%/*}'"
        [[ $option == --tap ]] && SUITE_TAP=$value || SUITE_JUNIT=$value
        ;;
    --shard) shard_parse "$value" ;;
    --filter-tags) SUITE_TAGS+=("$value") ;;
    --objects)
        [[ $value == /* ]] || value=$CALLER/$value
        [[ -d $value ]] || die "$CODE_MISTAKE" "--objects: there is no directory '$value'"
        # Its last part is the name that the results carry.
        [[ $value != */ ]] || value=${value%"${value##*[!/]}"}
        SUITE_OBJECTS=$value
        ;;
    --expect)
        suite_find_expectations "$value"
        value=$SUITE_EXPECT
        ;;
    esac
    SUITE_ARGUMENTS+=("$option" "$value")
}

# suite_parse VERB ARGUMENT...: paths are relative to where run.sh was called.
suite_parse() {
    local verb=$1 options='jobs|j|time-limit|junit|tap'

    shift
    [[ $verb == test ]] || options+='|filter-tags|objects|expect|shard'
    while (($# > 0)); do
        if [[ $1 =~ ^--?($options)= ]]; then
            set -- "${1%%=*}" "${1#*=}" "${@:2}"
        fi
        if [[ $1 =~ ^--?($options)$ ]]; then
            [[ -n ${2:-} ]] || die "$CODE_MISTAKE" "option '$1' needs a value; see ./run.sh --help"
            suite_take_option "$1" "$2"
            shift
        elif [[ $1 == --keep ]]; then
            SUITE_KEEP=1
            SUITE_ARGUMENTS+=(--keep)
        elif [[ $verb == suite && $1 == --record-times ]]; then
            SUITE_RECORD=1
            SUITE_ARGUMENTS+=(--record-times)
        elif [[ $verb == suite && $1 == --list ]]; then
            SUITE_ONLY_LIST=1
        elif [[ $verb == suite && $1 == --ids ]]; then
            SUITE_IDS=1
        elif [[ $1 == --help || $1 == -h ]]; then
            main_help
            exit 0
        elif [[ $1 == -* || $verb != suite ]]; then
            die "$CODE_MISTAKE" "'$verb' does not take '$1'; see ./run.sh --help"
        else
            SUITE_PATTERNS+=("$1")
            SUITE_ARGUMENTS+=("$1")
        fi
        shift
    done
    [[ -z $SUITE_IDS || -n $SUITE_ONLY_LIST ]] || die "$CODE_MISTAKE" "--ids needs --list"
}

# ---- selection ----

suite_lines() {
    (($# == 0)) || printf '%s\n' "$@"
}

# Fills SUITE_JOBS ("FILE \t FAMILY \t TESTS \t WHOLE") and SUITE_LIST ("FILE \t NAME \t FAMILIES").
suite_select() {
    local -a files=("$SUITE_DIR"/[0-9]*.bats)
    local kind rest patterns tags selected=''

    [[ ${files[0]:-} != */000-* ]] || files=("${files[@]:1}")
    patterns=$(suite_lines "${SUITE_PATTERNS[@]}")
    tags=$(suite_lines "${SUITE_TAGS[@]}")
    if ((${#files[@]} > 0)); then
        selected=$(PATTERNS=$patterns TAGS=$tags awk -f harness/run/select.awk "${files[@]}")
    fi
    while IFS=$'\t' read -r kind rest; do
        case $kind in
        unmatched) die "$CODE_MISTAKE" "no test matches '$rest'; see ./run.sh suite --list" ;;
        test) SUITE_LIST+=("$rest") ;;
        job) SUITE_JOBS+=("$rest") ;;
        esac
    done <<<"$selected"
    ((${#SUITE_JOBS[@]} > 0)) || die "$CODE_MISTAKE" "no test matches"
    [[ -z $SHARD_OF ]] || shard_keep
}

# All tests of the suites, selected or not, for whoever reads the results.
suite_write_tests() {
    local kind file name families

    PATTERNS='' TAGS='' awk -f harness/run/select.awk "$SUITE_DIR"/[0-9]*.bats |
        while IFS=$'\t' read -r kind file name families; do
            file=${file##*/}
            [[ $kind != test || $file == 000-* ]] ||
                printf '%s\t%s\t%s\n' "${file%.bats}" "$name" "$families"
        done >"$RESULTS/tests"
}

# Objects of which no lab can be built are said once, before anything runs.
suite_check_objects() {
    local status=0

    [[ -n $SUITE_OBJECTS ]] || return 0
    "$WAYPOST" programs --objects "$SUITE_OBJECTS" --no-load >/dev/null || status=$?
    ((status != CODE_MISTAKE)) || exit "$CODE_MISTAKE"
}

# A file of expectations with a mistake in it is found before anything runs.
suite_check_expectations() {
    [[ -n $SUITE_EXPECT ]] || return 0
    "$WAYPOST" report "$RESULTS" --expect "$SUITE_EXPECT" --check || exit
}

suite_print_list() {
    local line file name families
    local -i n=0

    for line in "${SUITE_LIST[@]}"; do
        IFS=$'\t' read -r file name families <<<"$line"
        printf '%s: %s [%s]\n' "${file##*/}" "$name" "$families"
        set -f
        # shellcheck disable=SC2086
        set -- $families
        set +f
        n+=$#
    done
    say "$n tests"
}

# The behaviours of the contract, and how many of the selected tests name each; fails when one has none.
suite_print_ids() {
    printf '%s\n' "${SUITE_LIST[@]}" | awk -f harness/run/ids.awk docs/contract.md -
}

# The jobs that took longest come first, those of unknown length by the number of their tests.
suite_sort() {
    local -A known=()
    local name variant ms line file family tests rest

    if [[ -r $SUITE_DURATIONS ]]; then
        while IFS=$'\t' read -r name variant ms; do
            known[$name/$variant]=$ms
        done <"$SUITE_DURATIONS"
    fi
    for line in "${SUITE_JOBS[@]}"; do
        IFS=$'\t' read -r file family tests rest <<<"$line"
        name=${file##*/}
        printf '%d\t%s\n' "${known[${name%.bats}/$family]:-$((tests * 100))}" "$line"
    done | sort -t $'\t' -k 1,1nr -s | cut -f 2-
}

suite_save_durations() {
    local -i job

    ((${#SUITE_PATTERNS[@]} + ${#SUITE_TAGS[@]} == 0)) && [[ -z $SHARD_OF ]] || return 0
    for job in "${!JOBS_MS[@]}"; do
        printf '%s\t%s\t%d\n' "${JOBS_NAME[job]}" "${JOBS_VARIANT[job]}" "${JOBS_MS[job]}"
    done >"$SUITE_DURATIONS"
}

# ---- running ----

# suite_names_regex VARIABLE NAME...: a regular expression that matches any of the names.
suite_names_regex() {
    local pattern out=''
    local -i i

    for pattern in "${@:2}"; do
        out+=${out:+|}
        for ((i = 0; i < ${#pattern}; i++)); do
            [[ ${pattern:i:1} != [][\\.*^\$+?\(\)\{\}\|] ]] || out+=\\
            out+=${pattern:i:1}
        done
    done
    printf -v "$1" '%s' "$out"
}

# suite_bats FILE FAMILY REGEX: one bats process. An empty REGEX is every test.
suite_bats() {
    local file=$1 family=$2 regex=$3 tags filter='!no-'$2
    local -a arguments=(--formatter "$ROOT/harness/run/tap-stamp.sh")

    [[ $family == v4 ]] || filter+=',!once'
    for tags in "${SUITE_TAGS[@]:-}"; do
        arguments+=(--filter-tags "${tags:+$tags,}$filter")
    done
    [[ -z $regex ]] || arguments+=(--filter "$regex")
    export WAYPOST_FAMILY=$family
    exec bats "${arguments[@]}" "$file"
}

suite_add_jobs() {
    local file family tests whole name regex filter

    suite_names_regex regex "${SUITE_PATTERNS[@]}"
    while IFS=$'\t' read -r file family tests whole; do
        name=${file##*/}
        ((whole == 1)) && filter='' || filter=$regex
        jobs_add "${name%.bats}" "$family" bats "$tests" "$SUITE_LIMIT" \
            suite_bats "$file" "$family" "$filter"
    done < <(suite_sort)
}

# What one lab finds out about the objects the others need not (harness/lab/notes.h).
suite_take_objects() {
    export WAYPOST_OBJECTS_DIR=$SUITE_OBJECTS WAYPOST_NOTES=${WAYPOST_STATE%/*}/notes
    mkdir -m 700 "$WAYPOST_NOTES"
}

# What the suites find in their environment.
suite_environment() {
    # A run within a test of a run: bats puts its own insides in front of the path.
    [[ -z ${BATS_LIBEXEC:-} ]] || PATH=${PATH//"$BATS_LIBEXEC:"/}
    unset WAYPOST_KEEP "${!BATS_@}"
    export PATH WAYPOST LC_ALL=C.UTF-8
    unset WAYPOST_NOTES
    [[ -z $SUITE_OBJECTS ]] || suite_take_objects
    [[ -z $SUITE_KEEP ]] || export WAYPOST_KEEP=1
}

# With --keep the sandbox of a run with failures stays until Enter is pressed.
suite_keep_labs() {
    local lab sockets=("$WAYPOST_STATE"/*/agents/*.sock)

    [[ -n $SUITE_KEEP ]] && ((JOBS_NOT_PASSED > 0)) && [[ -e ${sockets[0]} && -t 0 ]] || return 0
    say "Labs that were kept; enter a pod from another terminal:"
    for lab in "${sockets[@]}"; do
        [[ $lab =~ /([^/]+)/agents/([^/]+)\.sock$ ]]
        say "  sudo ./run.sh shell ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
    done
    read -r -p 'Press Enter to take them down. ' || true
}

# What the run is made on, for whoever puts several together (harness/report/facts.h).
suite_write_facts() {
    local objects=suite

    [[ -z $SUITE_OBJECTS ]] || objects=${SUITE_OBJECTS##*/}
    {
        printf 'kernel\t%s\n' "$(uname -r)"
        printf 'machine\t%s\n' "$(uname -m)"
        printf 'accelerator\t%s\n' "${WAYPOST_ACCELERATOR:-none}"
        printf 'objects\t%s\n' "$objects"
        [[ -z $SHARD_OF ]] || printf 'shard\t%s/%s\n' "$SHARD_NUMBER" "$SHARD_OF"
    } >"$RESULTS/facts"
}

# Inside the sandbox.
suite_inside() {
    suite_parse suite "$@"
    suite_select
    build_all
    suite_write_tests
    suite_write_facts
    suite_check_expectations
    suite_check_objects
    suite_environment
    jobs_open "${SUITE_SIDE_BY_SIDE:-$(jobs_default)}"
    suite_add_jobs
    jobs_run
    suite_save_durations
    [[ -z $SUITE_RECORD ]] || shard_record
    suite_keep_labs
}

# ---- the outer side ----

suite_open_results() {
    RESULTS=results/$WAYPOST_RUN_ID
    mkdir -p "$RESULTS" || die "$CODE_FAILED" "cannot write to $ROOT/results"
    export WAYPOST_RESULTS=$RESULTS
}

# Root's files in a person's tree could not be removed by them.
suite_close_results() {
    # For `run.sh vm`, of this kernel beside others.
    if [[ -n ${WAYPOST_RESULTS_INTO:-} ]]; then
        mv -T "$RESULTS" "$WAYPOST_RESULTS_INTO"
        return
    fi
    # In a virtual machine they are taken out of it.
    [[ -z ${WAYPOST_VM:-} ]] || return 0
    if [[ ! -e $RESULTS/plan || (-n $SUITE_NONE_FAILED && -z $SUITE_KEEP) ]]; then
        rm -rf "$RESULTS"
        rmdir results 2>/dev/null || true
    else
        chown -R --reference="$ROOT" results
    fi
}

# suite_report STATUS-OF-THE-SANDBOX: the closing line, and the exit code.
suite_report() {
    local status=$1 code=0
    local -a options=()

    [[ -z $SUITE_JUNIT ]] || options+=(--junit "$SUITE_JUNIT")
    [[ -z $SUITE_TAP ]] || options+=(--tap "$SUITE_TAP")
    ((status <= 128)) || options+=(--interrupted)
    [[ -z $SUITE_EXPECT ]] || options+=(--expect "$SUITE_EXPECT")
    if [[ ! -s $RESULTS/plan || ! -x $WAYPOST ]]; then
        ((status <= CODE_NO)) || return "$status"
        die "$CODE_FAILED" "the run left no results in $RESULTS"
    fi
    "$WAYPOST" report "$RESULTS" "${options[@]}" || code=$?
    # Also of an interrupted run, which exits with another code.
    ((code == CODE_NO)) || SUITE_NONE_FAILED=1
    ((status <= 128)) || code=$status
    ((status == 0 || code != 0)) || code=$CODE_FAILED
    return "$code"
}

# suite_sandboxed FUNCTION ARGUMENT...
suite_sandboxed() {
    local status=0

    sandbox_claim
    suite_open_results
    sandbox_run "$@" || status=$?
    ((status <= 128)) || say "run.sh: interrupted" >&2
    suite_report "$status" || status=$?
    suite_close_results
    return "$status"
}

suite_main() {
    suite_parse suite "$@"
    if [[ -n $SUITE_ONLY_LIST ]]; then
        suite_select
        if [[ -n $SUITE_IDS ]]; then suite_print_ids; else suite_print_list; fi
        return
    fi
    [[ -z $SUITE_RECORD ]] || shard_check_record
    need_root suite
    setup_need suite
    suite_sandboxed suite_inside "${SUITE_ARGUMENTS[@]}"
}
