# SPDX-License-Identifier: Apache-2.0
# Which behaviours of the contract the tests name. Reads docs/contract.md, then the selected tests as
# suite_select has them: FILE \t NAME \t FAMILIES. Prints a table; exits 1 when one has no test.

FNR == NR {
    if (match($0, /^\| [A-Z][A-Z]-[0-9]+ \|/))
        ids[++n_ids] = substr($0, 3, RLENGTH - 4)
    next
}

{
    split($0, part, "\t")
    file = part[1]
    sub(/.*\//, "", file)
    sub(/\.bats$/, "", file)
    # Tests of the helpers talk of behaviours and test none.
    if (file ~ /^9/)
        next
    name = part[2]
    families = split(part[3], unused, " ")
    split("", seen)
    while (match(name, /[A-Z]+-[0-9]+/)) {
        id = substr(name, RSTART, RLENGTH)
        name = substr(name, RSTART + RLENGTH)
        if (id in seen)
            continue
        seen[id] = 1
        tests[id]++
        runs[id] += families
        if (!((id, file) in known)) {
            known[id, file] = 1
            files[id] = files[id] (files[id] ? " " : "") file
        }
    }
}

END {
    printf "%-6s %5s %5s  %s\n", "ID", "TESTS", "RUNS", "FILES"
    for (i = 1; i <= n_ids; i++) {
        id = ids[i]
        printf "%-6s %5d %5d  %s\n", id, tests[id], runs[id], tests[id] ? files[id] : "none"
        if (!tests[id])
            without = without " " id
        else
            n_tested++
    }
    printf "%d behaviours, %d tested, %d without a test", n_ids, n_tested, n_ids - n_tested
    print without ? ":" without : ""
    exit n_ids == 0 || n_tested < n_ids
}
