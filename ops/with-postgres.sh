#!/usr/bin/env bash
# Runs a command with a PostgreSQL server of its own, which ends with it: ops/with-postgres.sh COMMAND [ARGUMENT...]
# The command finds the connection string in SWEEPS_POSTGRESQL and the server's data folder in SWEEPS_POSTGRESQL_DATA; in an argument
# {connection} stands for the former. As root the server runs as another user, since PostgreSQL refuses root.
set -euo pipefail

say() { printf 'with-postgres: %s\n' "$*" >&2; }

bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
[ -n "$bin" ] || { say "PostgreSQL's server is missing: run 'bash ops/setup.sh tests'"; exit 1; }
[ $# -gt 0 ] || { say "expected a command"; exit 2; }

# Short, since the name of a socket has at most 107 bytes.
folder=$(mktemp -d /tmp/sweeps-pg-XXXXXX)
as_user=(env)
if [ "$(id -u)" -eq 0 ]; then
  user=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
  chown "$user" "$folder"
  as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi
stop() {
  "${as_user[@]}" "$bin/pg_ctl" -D "$folder/data" -m fast -w stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
"${as_user[@]}" "$bin/initdb" --pgdata "$folder/data" --username sweeps --auth trust --encoding UTF8 --locale C >/dev/null
"${as_user[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
  -o "-k $folder -c listen_addresses= -c max_connections=200 -c log_min_messages=fatal" start >/dev/null

export SWEEPS_POSTGRESQL="Host=$folder;Database=postgres;Username=sweeps"
export SWEEPS_POSTGRESQL_DATA="$folder/data"
arguments=()
for argument in "$@"; do arguments+=("${argument//\{connection\}/$SWEEPS_POSTGRESQL}"); done
"${arguments[@]}"
