# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What takes its time before anything of ours is built: whoever watches sees what it is, and how long it
# has been going on. Sourced by run.sh.

watch_is_terminal() {
    [[ -t 1 && -z ${CI:-} ]]
}

# watch_say TITLE SECONDS LOG: on a terminal a line that changes, with the last line of the log.
watch_say() {
    local last='' line

    if ! watch_is_terminal; then
        say "$1, $2 s"
        return
    fi
    [[ ! -s $3 ]] || last=$(tail -n 1 "$3")
    line="$1, $2 s: ${last//[![:print:]]/ }"
    printf '\r\033[K%s' "${line:0:$((${COLUMNS:-80} - 1))}"
}

# watch TITLE LOG COMMAND...: runs it with all that it says in LOG; its status. A sign every second on a
# terminal, every minute elsewhere. Ctrl-C reaches it, although it is no foreground job to bash; the shell
# between ends with run.sh, and what it says itself (that it cannot fork) is in LOG, too.
watch() {
    local title=$1 log=$2 status='' done
    local -i every=60 start=$SECONDS

    ! watch_is_terminal || every=1
    # shellcheck disable=SC2016,SC2094 # the inner shell's; both append
    exec {done}< <(exec setpriv --pdeathsig KILL env --default-signal=INT,QUIT "$BASH" -c \
        'log=$1 code=0; shift; "$@" >>"$log" 2>&1 || code=$?; echo "$code"' watch "$log" "${@:3}" </dev/null 2>>"$log")
    # More than 128 is a second without an end.
    until read -r -t "$every" -u "$done" status; do
        (($? > 128)) || break
        watch_say "$title" $((SECONDS - start)) "$log"
    done
    exec {done}<&-
    ! watch_is_terminal || printf '\r\033[K'
    return "${status:-1}"
}
