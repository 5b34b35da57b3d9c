#!/usr/bin/env bash
# Installs what Sweeps needs and is missing: the .NET SDK, cmake, g++, ninja, python3, and nodejs with npm, by which the page is built.
# libtorch comes with the build, from NuGet.
# `ops/setup.sh tests` installs a PostgreSQL server too, for the tests' own use: no cluster is made or started; openssl; numpy, jsonschema
# and yaml for the distribution's Python, with which the tests read and check files as others would; ip and nft; chromium, in which the
# page is tried; and, where that is possible, systemd-analyze, shellcheck and Prometheus, whose service stays masked, without which some
# tests are skipped.
# Silent and instant when nothing is missing. Works as root and as a user with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

case "${1:-}" in
  "" | tests) ;;
  *)
    say "'$1': expected nothing, or 'tests'"
    exit 2
    ;;
esac

packages=()
# What tests can do without.
wanted=()
have() { command -v "$1" >/dev/null 2>&1; }
have cmake || packages+=(cmake)
have g++ || packages+=(g++)
have ninja || packages+=(ninja-build)
# The build makes TorchSharp loadable with it; the tests parse generated documents with the real Python parser.
have python3 || packages+=(python3)
have node || packages+=(nodejs)
have npm || packages+=(npm)

postgresql=()
if [ "${1:-}" = tests ] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  postgresql=(postgresql)
fi

if [ "${1:-}" = tests ]; then
  # Metrics and alerts are tried on it.
  have promtool || wanted+=(prometheus)
  # With which the tests make networks of their own: `make cluster-chaos`.
  PATH=$PATH:/usr/sbin have ip || packages+=(iproute2)
  PATH=$PATH:/usr/sbin have nft || packages+=(nftables)
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || packages+=(python3-numpy)
  /usr/bin/python3 -c 'import jsonschema' 2>/dev/null || packages+=(python3-jsonschema)
  /usr/bin/python3 -c 'import yaml' 2>/dev/null || packages+=(python3-yaml)
  have openssl || packages+=(openssl)
  [ -x /usr/bin/chromium ] || packages+=(chromium)
  have shellcheck || wanted+=(shellcheck)
  have systemd-analyze || wanted+=(systemd)
fi

dotnet_ok() { have dotnet && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }
dotnet_ok || packages+=(dotnet-sdk-10.0)

missing=("${packages[@]}" "${postgresql[@]}" "${wanted[@]}")
[ ${#missing[@]} -eq 0 ] && exit 0

# Only what the tests can do without is missing, and cannot be installed.
can_do_without() {
  [ ${#packages[@]} -eq 0 ] && [ ${#postgresql[@]} -eq 0 ] || return 1
  say "missing: ${wanted[*]}, without which some tests are skipped"
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
  # Without a terminal sudo could only fail or hang on a password prompt.
  if ! have sudo || { ! [ -t 0 ] && ! sudo -n true 2>/dev/null; }; then
    can_do_without && exit 0
    say "missing: ${missing[*]}. Installing needs root; run this, then try again:"
    say "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    exit 1
  fi
fi
if ! have apt-get; then
  can_do_without && exit 0
  say "missing: ${missing[*]} (Debian package names). This system has no apt-get: install their equivalents."
  exit 1
fi

say "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${as_root[@]}" apt-get update >"$log" 2>&1; then
  # A stale list of one source need not stop us: the installation below decides.
  say "apt-get update failed: $(grep -m1 -E '^(E|W):' "$log" || tail -n 1 "$log")"
fi
if [[ " ${packages[*]} " == *" dotnet-sdk-10.0 "* ]] && ! apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
  say "the .NET 10 SDK is missing and this system's package sources do not have it:" \
    "install it as https://learn.microsoft.com/dotnet/core/install/linux says, then try again"
  exit 1
fi
install() {
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1; then
    grep -E '^E:' "$log" >&2 || tail -n 20 "$log" >&2
    say "could not install $*; see the lines above"
    exit 1
  fi
}

if [ ${#packages[@]} -gt 0 ]; then install "${packages[@]}"; fi
if [ ${#postgresql[@]} -gt 0 ]; then
  # Debian's package makes and starts a cluster when it comes, unless this file says not to; afterwards the file is as it was.
  install postgresql-common
  settings=/etc/postgresql-common/createcluster.conf
  "${as_root[@]}" cp -p "$settings" "$settings.sweeps"
  trap 'rm -f "$log"; "${as_root[@]}" mv -f "$settings.sweeps" "$settings"' EXIT
  "${as_root[@]}" sh -c "echo 'create_main_cluster = false' >>'$settings'"
  install "${postgresql[@]}"
fi
for package in "${wanted[@]}"; do
  # Debian's package starts a service when it comes and at each boot, unless that is masked.
  if [ "$package" = prometheus ] && [ -d /etc/systemd/system ] && [ ! -e /etc/systemd/system/prometheus.service ]; then
    "${as_root[@]}" ln -s /dev/null /etc/systemd/system/prometheus.service
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >"$log" 2>&1 \
    || say "could not install $package, without which some tests are skipped: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")"
done

say "done"
