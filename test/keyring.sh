#!/usr/bin/env bash
# Runs a command with a Secret Service of its own: a private session bus and a throw-away gnome-keyring, so that the
# keychain tests touch nobody's real one.
#
#   test/keyring.sh unlocked COMMAND…
#   test/keyring.sh locked COMMAND…     a keyring that exists and stays locked
#   test/keyring.sh silent COMMAND…     a locked one that asks for its password, and nobody answers
#   test/keyring.sh absent COMMAND…     no session bus, so no Secret Service
set -euo pipefail
kind=$1
shift
home=$(mktemp -d)
runtime=$(mktemp -d)
chmod 700 "$runtime"
trap 'rm -rf "$home" "$runtime"' EXIT
export HOME=$home XDG_RUNTIME_DIR=$runtime
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME DBUS_SESSION_BUS_ADDRESS

await='answers() { gdbus call --session -d org.freedesktop.DBus -o /org/freedesktop/DBus -m org.freedesktop.DBus.NameHasOwner org.freedesktop.secrets 2>/dev/null | grep -q true; }
for _ in $(seq 100); do answers && break; sleep 0.1; done; answers || { echo "no Secret Service came up" >&2; exit 1; }'
unlock='printf %s "$1" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || true; gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1 || true'

# What gnome-keyring starts to ask for a password. Ours shows nothing, so that no window waits for anybody.
prompter() {
  mkdir -p "$runtime/dbus-1/services"
  printf '[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=%s\n' "$1" \
    >"$runtime/dbus-1/services/org.gnome.keyring.SystemPrompter.service"
}

case $kind in
  unlocked)
    dbus-run-session -- bash -ec "set -- right \"\$@\"; $unlock; $await; shift; \"\$@\"" _ "$@"
    ;;
  locked | silent)
    if [ "$kind" = locked ]; then prompter /bin/false; else prompter '/bin/sh -c "exec sleep 60 >/dev/null 2>&1"'; fi
    # The first session makes the keyring with one password; the second is given another, so it stays locked.
    dbus-run-session -- bash -ec "set -- right; $unlock; $await"
    dbus-run-session -- bash -ec "set -- wrong \"\$@\"; $unlock; $await; shift; \"\$@\"" _ "$@"
    ;;
  absent)
    env DBUS_SESSION_BUS_ADDRESS="unix:path=$runtime/no-bus" "$@"
    ;;
  *)
    echo "usage: test/keyring.sh unlocked|locked|silent|absent COMMAND…" >&2
    exit 2
    ;;
esac
