# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh doctor`: what the kernel has of what the suites need. Sourced by run.sh.

doctor_inside() {
    build_all
    "$WAYPOST" doctor "$@"
}

doctor_main() {
    setup_need suite
    if ((EUID != 0)); then
        build_all
        exec "$WAYPOST" doctor "$@"
    fi
    sandbox_claim
    sandbox_run doctor_inside "$@"
}
