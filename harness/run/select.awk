# SPDX-License-Identifier: Apache-2.0
# Which tests of which files run in which families. Reads *.bats files as bats-preprocess does.
#
# In the environment: PATTERNS (a line each; none: everything), TAGS (a line each, alternatives; a
# line is "a,b,!c"). Prints, with tabs in between,
#   unmatched PATTERN          a pattern that neither a file's name nor a test's has
#   test FILE NAME FAMILIES    in the files' order
#   job FILE FAMILY TESTS ALL  ALL is 1 when the whole file was selected, 0 for single tests

function trim(s) {
    gsub(/^[ \t]+|[ \t]+$/, "", s)
    return s
}

# The words of a list as ",a,b,"
function tag_list(s,    n, words, i, out) {
    out = ","
    n = split(s, words, ",")
    for (i = 1; i <= n; i++)
        if (trim(words[i]) != "")
            out = out trim(words[i]) ","
    return out
}

# Everything up to the last "{" that stands behind a blank, without the quotes around it.
function test_name(line,    i) {
    sub(/^[ \t]*@test[ \t]+/, "", line)
    for (i = length(line); i > 1; i--)
        if (substr(line, i, 1) == "{" && substr(line, i - 1, 1) ~ /[ \t]/)
            break
    line = trim(substr(line, 1, i - 1))
    sub(/^['"]/, "", line)
    sub(/['"]$/, "", line)
    return line
}

function base_name(path) {
    sub(/.*\//, "", path)
    sub(/\.bats$/, "", path)
    return path
}

function has_tags(have, filter,    n, words, i, word) {
    n = split(filter, words, ",")
    for (i = 1; i <= n; i++) {
        word = trim(words[i])
        if (substr(word, 1, 1) == "!") {
            if (index(have, "," trim(substr(word, 2)) ","))
                return 0
        } else if (word != "" && !index(have, "," word ",")) {
            return 0
        }
    }
    return 1
}

function wanted(have,    i) {
    for (i = 1; i <= n_filters; i++)
        if (has_tags(have, filters[i]))
            return 1
    return n_filters == 0
}

function runs_in(have, family) {
    return !index(have, ",no-" family ",") && (family == "v4" || !index(have, ",once,"))
}

# A pattern selects the files whose names have it, or else the tests whose names have it.
function choose(pattern,    i, found) {
    for (i = 1; i <= n_files; i++)
        if (index(base_name(files[i]), pattern)) {
            whole[files[i]] = 1
            found = 1
        }
    for (i = 1; i <= n_tests && !found; i++)
        by_name[i] = by_name[i] || index(names[i], pattern)
    for (i = 1; i <= n_tests && !found; i++)
        if (index(names[i], pattern))
            return
    if (!found)
        print "unmatched\t" pattern
}

BEGIN {
    n_patterns = split(ENVIRON["PATTERNS"], patterns, "\n")
    n_filters = split(ENVIRON["TAGS"], filters, "\n")
    n_families = split("v4 v6 mapped", families, " ")
}

FNR == 1 {
    files[++n_files] = FILENAME
    file_tags = test_tags = ""
}

/^[ \t]*#[ \t]*bats[ \t]+(file|test)_tags=/ {
    value = $0
    sub(/^[^=]*=/, "", value)
    if ($0 ~ /file_tags=/)
        file_tags = value
    else
        test_tags = value
}

/^[ \t]*@test[ \t]+.*[^ \t][ \t]+\{/ {
    names[++n_tests] = test_name($0)
    tags[n_tests] = tag_list(file_tags "," test_tags)
    file_of[n_tests] = FILENAME
    test_tags = ""
}

END {
    for (p = 1; p <= n_patterns; p++)
        choose(patterns[p])
    for (t = 1; t <= n_tests; t++) {
        file = file_of[t]
        if ((n_patterns && !whole[file] && !by_name[t]) || !wanted(tags[t]))
            continue
        in_families = ""
        for (f = 1; f <= n_families; f++)
            if (runs_in(tags[t], families[f])) {
                in_families = in_families (in_families ? " " : "") families[f]
                count[file, families[f]]++
            }
        if (in_families)
            print "test\t" file "\t" names[t] "\t" in_families
    }
    for (i = 1; i <= n_files; i++)
        for (f = 1; f <= n_families; f++)
            if (count[files[i], families[f]])
                print "job\t" files[i] "\t" families[f] "\t" count[files[i], families[f]] "\t" \
                    (!n_patterns || whole[files[i]] ? 1 : 0)
}
