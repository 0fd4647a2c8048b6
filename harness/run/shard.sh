# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh suite --shard K/N`: a part of the suites for one machine of several. Which one depends on the
# files of the repository alone, so that all machines agree without talking to each other. Sourced by
# run.sh.

# What a file took in a family, on some machine: FILE FAMILY MILLISECONDS. Only proportions matter.
readonly SHARD_TIMES=$SUITE_DIR/times.txt
# For a test that nobody has timed.
readonly SHARD_TEST_MS=25

SHARD_NUMBER='' SHARD_OF=''

# shard_parse K/N
shard_parse() {
    if [[ $1 =~ ^([1-9][0-9]{0,2})/([1-9][0-9]{0,2})$ ]]; then
        SHARD_NUMBER=${BASH_REMATCH[1]}
        SHARD_OF=${BASH_REMATCH[2]}
    fi
    if [[ -z $SHARD_OF ]] || ((SHARD_NUMBER > SHARD_OF)); then
        die "$CODE_MISTAKE" "--shard takes K/N with K from 1 to N, not '$1'"
    fi
}

# The jobs of suite_select, the longest first, equal ones by name: "MS \t FILE \t FAMILY \t …".
shard_sorted() {
    local -A known=()
    local name family ms line file tests whole

    if [[ -r $SHARD_TIMES ]]; then
        while read -r name family ms; do
            [[ $name == '#'* || ! $ms =~ ^[0-9]+$ ]] || known[$name/$family]=$ms
        done <"$SHARD_TIMES"
    fi
    for line in "${SUITE_JOBS[@]}"; do
        IFS=$'\t' read -r file family tests whole <<<"$line"
        name=${file##*/}
        ms=${known[${name%.bats}/$family]:-$((tests * SHARD_TEST_MS))}
        ((whole == 1)) || ms=$((tests * SHARD_TEST_MS))
        printf '%d\t%s\n' "$ms" "$line"
    done | LC_ALL=C sort -t $'\t' -k 1,1nr -k 2,3
}

# Each job to the shard that has the least to do; of SUITE_JOBS only this shard's stay.
shard_keep() {
    local -a load=() mine=()
    local -i i least
    local ms job

    for ((i = 0; i < SHARD_OF; i++)); do
        load[i]=0
    done
    while IFS=$'\t' read -r ms job; do
        least=0
        for ((i = 1; i < SHARD_OF; i++)); do
            ((load[i] >= load[least])) || least=i
        done
        load[least]=$((load[least] + ms))
        ((least + 1 != SHARD_NUMBER)) || mine+=("$job")
    done < <(shard_sorted)
    ((${#mine[@]} > 0)) ||
        die "$CODE_MISTAKE" "shard $SHARD_NUMBER/$SHARD_OF has no tests: there are ${#SUITE_JOBS[@]} parts to share out"
    SUITE_JOBS=("${mine[@]}")
    shard_keep_list
}

# The same for SUITE_LIST, which has the tests.
shard_keep_list() {
    local -A parts=()
    local -a list=()
    local line file family name families rest kept

    for line in "${SUITE_JOBS[@]}"; do
        IFS=$'\t' read -r file family rest <<<"$line"
        parts[$file/$family]=1
    done
    for line in "${SUITE_LIST[@]}"; do
        IFS=$'\t' read -r file name families <<<"$line"
        kept=''
        for family in $families; do
            [[ -z ${parts[$file/$family]:-} ]] || kept+="${kept:+ }$family"
        done
        [[ -z $kept ]] || list+=("$file"$'\t'"$name"$'\t'"$kept")
    done
    SUITE_LIST=("${list[@]}")
}

shard_check_record() {
    ((${#SUITE_PATTERNS[@]} + ${#SUITE_TAGS[@]} + ${#SHARD_OF} == 0)) ||
        die "$CODE_MISTAKE" "--record-times needs a run of all suites"
}

# shard_record: what the jobs of this run took is what the next shards are cut by.
shard_record() {
    local -i job

    {
        printf '# %s\n' 'SPDX-License-Identifier: Apache-2.0' \
            'What a file takes in a family, in milliseconds: run.sh suite --record-times writes it,' \
            '--shard K/N cuts by it. Only proportions matter.'
        for job in "${!JOBS_MS[@]}"; do
            printf '%s %s %d\n' "${JOBS_NAME[job]}" "${JOBS_VARIANT[job]}" "${JOBS_MS[job]}"
        done | LC_ALL=C sort
    } >"$SHARD_TIMES.new"
    chown --reference="$SUITE_DIR" "$SHARD_TIMES.new"
    mv "$SHARD_TIMES.new" "$SHARD_TIMES"
}
