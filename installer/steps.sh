# shellcheck shell=bash
# Shared by the installer's scripts: where the checkout is, how a step is told, what kind of machine this is.
# Sourced, never run.

CHECKOUT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export CHECKOUT

step() { printf '%s\n' "$*"; }
detail() { printf '      %s\n' "$*"; }
fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

need_root() { [ "$(id -u)" -eq 0 ] || fail "run this as root (it installs packages and starts a chroot)."; }

need_debian() {
    local ID="" VERSION_ID="" PRETTY_NAME="an unknown system"
    # shellcheck disable=SC1091
    [ -r /etc/os-release ] && . /etc/os-release
    [ "$ID" = debian ] || fail "this needs Debian 12 or newer; this machine runs $PRETTY_NAME."
    [ "${VERSION_ID%%.*}" -ge 12 ] 2>/dev/null || [ -z "$VERSION_ID" ] ||
        fail "this needs Debian 12 or newer; this machine runs $PRETTY_NAME."
}

# told_every SECONDS COMMAND...: runs the command into a log, says every so often that it still works,
# and shows the end of the log when it fails.
told_every() {
    local pause="$1" log started=$SECONDS status=0 watcher
    shift
    log="$(mktemp)"
    (
        trap 'kill "${nap:-}" 2>/dev/null; exit 0' TERM
        while true; do
            sleep "$pause" &
            nap=$!
            wait "$nap"
            detail "... $((SECONDS - started)) s: $(tail -n 1 "$log" | cut -c 1-80)"
        done
    ) &
    watcher=$!
    "$@" >"$log" 2>&1 || status=$?
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    if [ "$status" -ne 0 ]; then
        tail -n 25 "$log" >&2
        cp "$log" "${TOLD_LOG:-/dev/null}" 2>/dev/null || true
    fi
    rm -f "$log"
    return "$status"
}
