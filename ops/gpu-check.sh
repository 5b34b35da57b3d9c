#!/usr/bin/env bash
# Compares what a device computes with what it should: bash ops/gpu-check.sh [DEVICE], cuda:0 by default. Builds nothing. Ends with 0 when
# all numbers agree, 1 when some differ or take more than five minutes, 4 when there is no such device, 2 when there is nothing to run.
set -uo pipefail
cd "$(dirname "$0")/.."
device=${1:-cuda:0}
sweeps=Orchestrator/bin/Release/net10.0/sweeps
build="dotnet build Orchestrator/Orchestrator.csproj -c Release"
[[ $device == cpu ]] || build+=" -p:Torch=cuda (or LIBTORCH=/path/to/libtorch with CUDA before it)"

if [ ! -x "$sweeps" ]; then
  echo "gpu-check: $sweeps is not there. Build first: $build" >&2
  exit 2
fi
devices=$("$sweeps" device --list) || exit 4
if ! grep -qxF "$device" <<< "$devices"; then
  echo "gpu-check: there is no $device: this build's libtorch sees only $(paste -sd ' ' <<< "$devices")." >&2
  [[ $device == cpu ]] || echo "gpu-check: where nvidia-smi lists a card, this libtorch has no CUDA. Build with it: $build" >&2
  exit 4
fi

timeout 240 "$sweeps" device --check "$device" --reference Tests/Reference/gpt
status=$?
[ "$status" -eq 124 ] && { echo "gpu-check: not done after four minutes" >&2; status=1; }

# The same reference models by PyTorch, where there is one for the device.
python=${PYTHON:-python3}
echo
if "$python" -c 'import torch' 2> /dev/null; then
  timeout 60 "$python" ops/gpu_check.py "$device" Tests/Reference/gpt
  case $? in
    0) ;;
    4) echo "PyTorch on $device: skipped" ;;
    *) [ "$status" -ne 0 ] || status=1 ;;
  esac
else
  echo "PyTorch on $device: skipped, as $python has no torch"
fi
exit "$status"
