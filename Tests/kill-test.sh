#!/usr/bin/env bash
# Kills (SIGKILL) the orchestrator or one of its device processes at random moments of a sweep, restarts what must be restarted,
# and compares the report with that of an undisturbed run: they must be byte-identical.
#
#   Tests/kill-test.sh [SWEEP_FILE]      default examples/demo.hocon
#   KILLS=10                             number of kills
#   SEED=...                             of the random moments and victims; printed, so that a run can be repeated
#   DIR=runs/kill-test                   where the two runs go; an undisturbed run that is there already is used again
set -euo pipefail
cd "$(dirname "$0")/.."

sweep=${1:-examples/demo.hocon}
kills=${KILLS:-10}
seed=${SEED:-$RANDOM}
dir=${DIR:-runs/kill-test}
sweeps=Orchestrator/bin/Release/net10.0/sweeps
RANDOM=$seed
echo "kill-test: sweep $sweep, $kills kills, SEED=$seed"

mkdir -p "$dir"
calm=$dir/undisturbed
if [ ! -f "$calm/seconds" ]; then
  rm -rf "$calm"
  begin=$SECONDS
  "$sweeps" run "$sweep" --dir "$calm" --json >"$dir/undisturbed.log" 2>&1
  echo $((SECONDS - begin)) >"$calm/seconds"
fi
seconds=$(cat "$calm/seconds")
echo "kill-test: the undisturbed run took $seconds s"

shaken=$dir/killed
rm -rf "$shaken"
: >"$dir/killed.log"
pid=
start() {
  "$sweeps" run "$sweep" --dir "$shaken" --json >>"$dir/killed.log" 2>&1 &
  pid=$!
}
trap '[ -n "$pid" ] && kill "$pid" 2>/dev/null || true' EXIT

begin=$SECONDS
start
done_kills=0
orchestrators=0
devices=0
# The last kill should come well before the end: each waits a random part of an equal share of the undisturbed time.
share=$((seconds * 1000 / (kills + 2)))
while [ "$done_kills" -lt "$kills" ]; do
  wait_ms=$((200 + (RANDOM * 32768 + RANDOM) % (share * 3 / 2)))
  sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
  if ! kill -0 "$pid" 2>/dev/null; then
    wait "$pid" && break # it finished before the last kill
    echo "kill-test: the orchestrator ended by itself with an error; see $dir/killed.log" >&2
    exit 1
  fi
  mapfile -t children < <(pgrep -P "$pid" || true)
  if [ $((RANDOM % 2)) -eq 0 ] || [ ${#children[@]} -eq 0 ]; then
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    orchestrators=$((orchestrators + 1))
    echo "kill-test: $((SECONDS - begin)) s: killed the orchestrator"
    start
  else
    victim=${children[RANDOM % ${#children[@]}]}
    kill -9 "$victim" 2>/dev/null || continue
    devices=$((devices + 1))
    echo "kill-test: $((SECONDS - begin)) s: killed device process $victim"
  fi
  done_kills=$((done_kills + 1))
done

status=0
if [ "$done_kills" -lt "$kills" ]; then
  echo "kill-test: the sweep ended after $done_kills kills" >&2
  status=1
else
  wait "$pid" || status=$?
fi
pid=
if [ "$status" -ne 0 ]; then
  echo "kill-test: FAILED: the disturbed run ended with $status; see $dir/killed.log" >&2
  exit 1
fi
echo "kill-test: $done_kills kills ($orchestrators of the orchestrator, $devices of devices); the disturbed run took $((SECONDS - begin)) s, the undisturbed $seconds s"
if ! cmp "$calm/report.json" "$shaken/report.json"; then
  echo "kill-test: FAILED: the reports differ: $calm/report.json $shaken/report.json" >&2
  exit 1
fi
echo "kill-test: passed: report.json is byte-identical ($(sha256sum <"$shaken/report.json" | cut -c1-16)…)"
