#!/usr/bin/env bash
# Runs the native library's own tests under sanitizers: ops/sanitize.sh [small]. Both builds, with every instruction set that this processor
# has;
# small: the address and undefined-behaviour sanitizers, with one set. Ends with the tests' counts.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=(address,undefined thread)
set_of_kernels=()
if [ "${1:-}" = small ]; then
  sanitizers=(address,undefined)
  grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && one=avx2 || one=baseline
  set_of_kernels=("-DSWEEPS_KERNEL_SET=$one")
fi
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
for sanitizer in "${sanitizers[@]}"; do
  build=ModelCore/obj/native-${sanitizer//,/-}${1:+-$1}
  mkdir -p "$build"
  # Little optimisation: the checks are what takes the time.
  cmake "${generator[@]}" -S ModelCore/Native -B "$build" -DSWEEPS_SANITIZE="$sanitizer" "${set_of_kernels[@]}" \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 >"$build/log" || { cat "$build/log" >&2; exit 1; }
  cmake --build "$build" --parallel >"$build/log" || { cat "$build/log" >&2; exit 1; }
  echo "sanitizer $sanitizer:"
  UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1 "$build/native_tests"
done
