# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh clean`: removes what runs left that did not end by themselves. Sourced by run.sh.

clean_main() {
    case ${1:-} in
    '' | --labs) (($# <= 1)) ;;
    *) false ;;
    esac || die "$CODE_MISTAKE" "'clean' takes --labs, not '$*'"
    need_root clean
    if [[ ${1:-} == --labs ]]; then
        setup_need suite
        build_all
        "$WAYPOST" down --all
    fi
    sandbox_sweep_outside
}
