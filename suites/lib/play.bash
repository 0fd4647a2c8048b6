# SPDX-License-Identifier: Apache-2.0
# Scripts of socket calls (docs/play.md); `load lib/play` after lib/waypost.

# shellcheck shell=bash

# same_answers CLIENT TARGET DIRECT NAME: lib/play/NAME.play, played on a flow to TARGET and on one to DIRECT. What
# it expects is answered on both, and the programs log no warning.
same_answers() {
    ask same_answers "$1" "$2" "$3" "$BATS_TEST_DIRNAME/lib/play/$4.play"
    refute_log warning
}
