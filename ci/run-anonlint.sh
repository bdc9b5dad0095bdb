#!/bin/bash
# Checks the patches of a pull or merge request, one commit a patch; fit for .github/scripts/ of a kernel tree's CI.
#
#   run-anonlint.sh [OPTION of anonlint check...]    (default: --format github in GitHub Actions, else text)
#
# ANONLINT_BASE     what the request is held against (default: what GitHub or GitLab says, else origin/HEAD)
# ANONLINT_HEAD     the last commit of it (default: HEAD; of a merge that GitHub made, the request's side)
# ANONLINT_ENFORCE  1: findings and failures count; else the exit status is 0, as long as it is on probation
# ANONLINT          the program (default: anonlint)
set -u

say() { echo "run-anonlint: $*" >&2; }

finish() { # $1: the status of the check
    if [ "${ANONLINT_ENFORCE:-}" != 1 ] && [ "$1" != 0 ]; then
        say "on probation: ended with $1, which does not count (ANONLINT_ENFORCE=1 makes it count)"
        exit 0
    fi
    exit "$1"
}

refuse() {
    say "$1"
    say "in a workflow of GitHub put this into the step that checks out:"
    say "      - uses: actions/checkout@v4"
    say "        with:"
    say "          fetch-depth: 0"
    say "in .gitlab-ci.yml put this into the job:"
    say "      variables:"
    say "        GIT_DEPTH: 0"
    finish 2
}

has() { git rev-parse --quiet --verify "$1^{commit}" >/dev/null; }

# Gets more of a shallow clone until both ends have a common commit in it.
deepen() {
    for depth in 50 500 5000; do
        git merge-base "$1" "$2" >/dev/null 2>&1 && return 0
        [ "$(git rev-parse --is-shallow-repository)" = true ] || break
        say "deepening the clone by $depth commits"
        git fetch --quiet --no-tags --deepen="$depth" origin 2>/dev/null || break
    done
    git merge-base "$1" "$2" >/dev/null 2>&1
}

head=${ANONLINT_HEAD:-HEAD}
if [ -z "${ANONLINT_HEAD:-}" ] && [ "${GITHUB_EVENT_NAME:-}" = pull_request ]; then
    if [ "$(git rev-parse --is-shallow-repository)" = true ] && ! has HEAD^1; then
        git fetch --quiet --no-tags --deepen=1 origin "$(git rev-parse HEAD)" 2>/dev/null ||
            git fetch --quiet --no-tags --deepen=1 origin 2>/dev/null
    fi
    if has 'HEAD^2'; then head='HEAD^2'; fi
fi
base=${ANONLINT_BASE:-}
if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then base=origin/$GITHUB_BASE_REF; fi
if [ -z "$base" ] && [ -n "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}" ]; then base=$CI_MERGE_REQUEST_DIFF_BASE_SHA; fi
base=${base:-origin/HEAD}
if ! has "$base"; then
    case $base in
    origin/*) git fetch --quiet --no-tags --depth=1 origin "+refs/heads/${base#origin/}:refs/remotes/$base" 2>/dev/null ;;
    *) git fetch --quiet --no-tags --depth=1 origin "$base" 2>/dev/null ;;
    esac
fi
has "$head" || refuse "there is no commit $head here"
has "$base" || refuse "there is no commit $base here (ANONLINT_BASE names another one)"
deepen "$base" "$head" || refuse "$base and $head have no common commit in this clone: it is too shallow"

if [ $# = 0 ]; then
    if [ "${GITHUB_ACTIONS:-}" = true ]; then set -- --format github; else set -- --format text; fi
fi
start=$(git merge-base "$base" "$head")
"${ANONLINT:-anonlint}" check --git "$start..$(git rev-parse "$head")" "$@"
finish $?
