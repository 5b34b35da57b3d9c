#!/usr/bin/env bash
# Builds, runs every test project, one after the other, and ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

dotnet build Sweeps.sln -c Release --nologo -v quiet || { echo "0 passed, 1 failed"; exit 1; }

passed=0
failed=0
failures=$(mktemp)
# The native library's own tests, under sanitizers.
log=$(mktemp)
bash ops/sanitize.sh small 2>&1 | tee "$log"
p=$(sed -nE 's/^native: ([0-9]+) passed.*/\1/p' "$log")
f=$(sed -nE 's/^native: .* ([0-9]+) failed$/\1/p' "$log")
passed=$((passed + ${p:-0}))
failed=$((failed + ${f:-1}))
grep -E '^FAILED|ERROR: |runtime error' "$log" >> "$failures"
rm -f "$log"

for project in Tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  log=$(mktemp)
  dotnet test "$project" -c Release --no-build --nologo --logger "console;verbosity=minimal" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  count() { sed -nE "s/.*$1: *([0-9]+),.*Total:.*/\1/p" "$log" | tail -n 1; }
  p=$(count Passed)
  f=$(count Failed)
  # What failed is said once more at the end, where one looks: each test's name with the first lines of its reason.
  grep -E -A 12 '^ +Failed .+ \[' "$log" | sed "s/^/$name: /" >> "$failures"
  rm -f "$log"
  # A runner that dies, or finds no test, prints no summary: that is a failure too.
  if [ -z "$p" ] || { [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; }; then
    echo "$name: the test run broke off (exit code $status)" >&2
    f=$((${f:-0} + 1))
  fi
  passed=$((passed + ${p:-0}))
  failed=$((failed + ${f:-0}))
done

cat "$failures"
rm -f "$failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
