#!/usr/bin/env bash
# Makes certificates for the nodes of a cluster: ops/certificates.sh FOLDER NODE...
# FOLDER gets authority.key and authority.crt, made the first time and used again after that, the file password with the password of all
# PKCS #12 files, and NODE.p12 for each name: the node's certificate, its private key, and the authority's certificate, by which it knows
# the other nodes. A NODE.p12 that is there is made anew, so that this renews too. DAYS (default 365) says how long a node's certificate is
# valid.
set -euo pipefail

say() { printf 'certificates: %s\n' "$*" >&2; }

usage() {
  say "$1"
  say "usage: ops/certificates.sh FOLDER NODE..."
  exit 2
}

[ $# -ge 2 ] || usage "expected a folder and at least one node"
folder=$1
shift
days=${DAYS:-365}
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || usage "DAYS is '$days': expected 1 to 9999"
for node in "$@"; do
  # What a node's name may be (sweeps.cluster.name), and not one that is the authority's.
  if ! [[ $node =~ ^[A-Za-z0-9_.-]{1,32}$ ]] || [[ $node =~ ^\.+$ ]] || [ "$node" = authority ]; then
    usage "'$node': expected a node's name: letters, digits, '-', '_' and '.', at most 32, and not 'authority'"
  fi
done
command -v openssl >/dev/null || { say "openssl is missing: apt-get install openssl"; exit 1; }

umask 077
mkdir -p "$folder"
cd "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Silent unless it fails.
quietly() { "$@" 2>"$work/log" || { cat "$work/log" >&2; say "failed: $1 $2"; exit 1; }; }

if [ ! -e authority.key ] || [ ! -e authority.crt ]; then
  if [ -e authority.key ] || [ -e authority.crt ]; then
    say "$folder has only one of authority.key and authority.crt: expected both, or neither"
    exit 1
  fi
  quietly openssl ecparam -genkey -name prime256v1 -noout -out "$work/authority.key"
  # Told apart from another cluster's by more than its key: OpenSSL chooses among authorities by their name.
  quietly openssl req -x509 -new -sha256 -key "$work/authority.key" -days 3650 -out "$work/authority.crt" \
    -subj "/CN=Sweeps cluster $(openssl rand -hex 8)" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  mv "$work/authority.key" "$work/authority.crt" .
  say "made an authority: whoever has authority.key can make nodes; keep it where no node is"
fi
if [ ! -e password ]; then openssl rand -hex 24 >password; fi

for node in "$@"; do
  quietly openssl ecparam -genkey -name prime256v1 -noout -out "$work/key"
  quietly openssl req -new -sha256 -key "$work/key" -subj "/CN=$node" -out "$work/request"
  cat >"$work/extensions" <<END
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
# Each node connects to the others, and they to it.
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:$node
END
  quietly openssl x509 -req -sha256 -in "$work/request" -CA authority.crt -CAkey authority.key -set_serial "0x$(openssl rand -hex 16)" \
    -days "$days" -extfile "$work/extensions" -out "$work/crt"
  quietly openssl pkcs12 -export -inkey "$work/key" -in "$work/crt" -certfile authority.crt -name "$node" -passout file:password \
    -out "$work/p12"
  mv "$work/p12" "$node.p12"
done
