# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The house rules. Each prints what breaks it, as FILE:LINE where there is a line, and fails.
# Sourced by check.sh.

# Of tests, suites and scripts; what is built into something may have 400 (check_lengths).
readonly RULES_LENGTH=500
# The areas of the contract that have suites.
readonly RULES_AREAS='MG|CN|LB|TL|DN|SO|SK|XD|TC|AP'

# Every file of the project, without the data that tests read.
rules_files() {
    if git -c "safe.directory=$PWD" rev-parse --git-dir >/dev/null 2>&1; then
        git -c "safe.directory=$PWD" ls-files -co --exclude-standard
    else
        find . -type f -not -path './build/*' -not -path './results/*' -not -path './.git/*' \
            -printf '%P\n'
    fi | grep -vE '(^|/)(fixtures|seeds|broken|LICENSES)/' | while IFS= read -r file; do
        [[ ! -f $file ]] || printf '%s\n' "$file"
    done
}

# Passes on what it reads, and fails when that was anything.
rules_none() {
    ! grep .
}

check_licences() {
    rules_files | grep -vE '\.(md|json|tap|expected)$' | while IFS= read -r file; do
        [[ $(head -c 300 "$file") == *SPDX-License-Identifier:\ * ]] ||
            printf '%s: no SPDX-License-Identifier in its first lines\n' "$file"
    done | rules_none
}

check_file_length() {
    rules_files | grep -E '^(harness/|bpf/|suites/|run\.sh)' | tr '\n' '\0' |
        xargs -0 wc -l | awk -v max="$RULES_LENGTH" '
            $2 != "total" && $1 > max { print $2 ": " $1 " lines, more than " max }' | rules_none
}

# Waiting is for an event, with a deadline.
check_sleeps() {
    {
        grep -nE '\b(sleep|usleep|nanosleep|clock_nanosleep)[[:space:]]*\(' harness/**/*.[ch] || true
        grep -nE '(^|[;&|(!]|[[:space:]](exec|run|timeout [0-9]+))[[:space:]]*sleep[[:space:]]' \
            suites/**/*.bats suites/**/*.bash harness/**/*.sh harness/**/*.bats run.sh || true
    } | { grep -v '/fixtures/' || true; } | rules_none
}

# check-rooms RULE: the table of rooms in docs/architecture.md, and cycles between files
# (harness/check/rooms.h). It reads the objects, too, hence the build.
rules_check_rooms() {
    local build=${BUILD:-build}

    make --no-print-directory "BUILD=$build" check-rooms >/dev/null
    "$build/check-rooms" . "$build" "$1"
}

check_rooms() {
    rules_check_rooms rooms
}

check_cycles() {
    rules_check_rooms cycles
}

check_lengths() {
    rules_check_rooms lengths
}

check_prints() {
    rules_check_rooms prints
}

# Paths of somebody's machine.
check_places() {
    rules_files | grep -v '^harness/check/rules\.sh$' | tr '\n' '\0' |
        { xargs -0 grep -nIE '(^|[^][A-Za-z0-9_.~/}"$-])/(home|Users|root|work|workspace|builds)/' || true; } |
        rules_none
}

# Every behaviour of the areas that have suites is named by a test.
check_behaviours() {
    local id names

    names=$(grep -hE '^[[:space:]]*@test ' suites/[1-8]*.bats)
    { grep -ohE "^\| ($RULES_AREAS)-[0-9]+ \|" docs/contract*.md || echo '| nothing |'; } |
        while read -r _ id _; do
            grep -qE "\b$id\b" <<<"$names" || printf 'docs/contract*.md: no test names %s\n' "$id"
        done | rules_none
}

# Relative links lead to a file.
check_links() {
    local file target

    for file in *.md docs/**/*.md; do
        { grep -oE '\]\([^)]+\)' "$file" || true; } | while IFS= read -r target; do
            target=${target#](}
            target=${target%)}
            target=${target%%#*}
            case $target in
            '' | *://* | mailto:*) ;;
            *) [[ -e $(dirname "$file")/$target ]] || printf '%s: no file %s\n' "$file" "$target" ;;
            esac
        done
    done | rules_none
}
