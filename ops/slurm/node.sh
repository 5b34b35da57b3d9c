# Runs a node of a cluster in a job of Slurm; the job scripts beside read it. Bash.
#
# What it is told by the environment (README.md has examples):
#   SWEEPS_FOLDER       the folder of all sweeps, absolute, which all nodes see
#   SWEEPS_POSTGRESQL   how to connect to the database; a password is better in ~/.pgpass
#   SWEEPS_CERTIFICATE  a PKCS #12 file, with its password in the file SWEEPS_CERTIFICATE_PASSWORD_FILE; or SWEEPS_TRUST_NETWORK=true
#   SWEEPS_PROGRAM      the program; default: sweeps, as the PATH finds it
#   SWEEPS_CONFIG       a file with more settings, absolute, which win over those that are written here; default: none
#   SWEEPS_HOST         the address by which other nodes reach this one; default: the one that Slurm has for it
#   SWEEPS_PORT         its port; default: one from 10000 to 29999 by the number of the job
#   SWEEPS_SUBMIT       of an orchestrator: a sweep file that is submitted once the cluster is there; default: none

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }

fail() {
  say "$1" >&2
  exit 2
}

# A string of HOCON, of text without line breaks.
quoted() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "$text"
}

address() {
  local found
  found=$(scontrol show node "${SLURMD_NODENAME:-$(hostname)}" 2>/dev/null | sed -nE 's/.*NodeAddr=([^ ]+).*/\1/p')
  printf '%s' "${found:-${SLURMD_NODENAME:-$(hostname)}}"
}

# The memory of the job in MiB; nothing where Slurm does not say.
job_memory() {
  if [ "${SLURM_MEM_PER_NODE:-0}" -gt 0 ]; then
    echo "$SLURM_MEM_PER_NODE"
  elif [ "${SLURM_MEM_PER_CPU:-0}" -gt 0 ]; then
    echo $((SLURM_MEM_PER_CPU * ${SLURM_CPUS_PER_TASK:-1}))
  fi
}

# The devices of the job: its GPUs, or a CPU device for each of its cores.
devices() {
  local cpus=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}} memory
  if [ "${SLURM_GPUS_ON_NODE:-0}" != 0 ] || [ -n "${CUDA_VISIBLE_DEVICES:-}" ]; then
    # libtorch sees those of CUDA_VISIBLE_DEVICES alone.
    echo '  devices = [cuda]'
    return
  fi
  echo "  devices = [\"cpu=$cpus\"]"
  echo '  threads_per_device = 1'
  memory=$(job_memory)
  # A tenth is left for what is not tensors.
  if [ -n "$memory" ]; then echo "  memory_per_device = $((memory * 9 / 10 / cpus)) MiB"; fi
}

# Writes the node's configuration: write_config ROLE NAME
write_config() {
  echo 'sweeps {'
  if [ "$1" = device ]; then devices; fi
  echo "  store.postgresql = $(quoted "$SWEEPS_POSTGRESQL")"
  echo '  cluster {'
  echo "    name = $(quoted "$2")"
  echo "    roles = [$1]"
  echo "    host = $(quoted "${SWEEPS_HOST:-$(address)}")"
  echo "    port = ${SWEEPS_PORT:-$((10000 + SLURM_JOB_ID % 20000))}"
  echo "    folder = $(quoted "$SWEEPS_FOLDER")"
  echo "    state = $(quoted "$state")"
  if [ -n "${SWEEPS_CERTIFICATE:-}" ]; then
    echo "    certificate = $(quoted "$SWEEPS_CERTIFICATE")"
    echo "    certificate_password = $(quoted "$(cat "$SWEEPS_CERTIFICATE_PASSWORD_FILE")")"
  else
    echo "    trust_network = $SWEEPS_TRUST_NETWORK"
  fi
  echo '  }'
  echo '}'
  if [ -n "${SWEEPS_CONFIG:-}" ]; then echo "include $(quoted "$SWEEPS_CONFIG")"; fi
}

# Submits the sweep, again and again until there is somebody who coordinates; ends the node when it is refused.
submit() {
  local code said tries=0
  while true; do
    said=$("$program" submit "$SWEEPS_SUBMIT" --config "$config" 2>&1) && break
    code=$?
    # 3: nobody coordinates yet, or the sweep is refused.
    if [ $code -ne 3 ] || [ $((tries += 1)) -ge 60 ]; then
      say "$SWEEPS_SUBMIT is not submitted: $said"
      echo "$code" >"$state/refused"
      kill -TERM "$node"
      return
    fi
    sleep 3
  done
  say "$said"
}

# Called by Slurm's signal; passes it on once.
on_term() {
  interrupted=1
  if [ -n "$stopping" ]; then return; fi
  stopping=1
  say "told to stop: the node leaves, and its jobs write checkpoints"
  if [ -n "$node" ]; then kill -TERM "$node" 2>/dev/null; fi
}

# Whether the job runs still, for Slurm: it does before it is preempted and before its time is over, not when somebody has cancelled it.
is_running() { scontrol show job "$SLURM_JOB_ID" --oneliner 2>/dev/null | grep -q 'JobState=RUNNING'; }

# Runs a node until it leaves, and gives the job back to Slurm where Slurm has ended it too early: run_node orchestrator|device
run_node() {
  local role=$1 name code=0 ended submitter=''
  program=${SWEEPS_PROGRAM:-sweeps} node='' stopping='' interrupted=''
  trap on_term TERM
  command -v "$program" >/dev/null || fail "$program: there is no such program; expected SWEEPS_PROGRAM, or sweeps on the PATH"
  [ -n "${SLURM_JOB_ID:-}" ] || fail "SLURM_JOB_ID is not set: this script is for sbatch"
  [[ ${SWEEPS_FOLDER:-} = /* ]] || fail "SWEEPS_FOLDER is '${SWEEPS_FOLDER:-}': expected the absolute path of a folder that all nodes see"
  [ -n "${SWEEPS_POSTGRESQL:-}" ] || fail "SWEEPS_POSTGRESQL is empty: expected how to connect to the database"
  if [ -n "${SWEEPS_CERTIFICATE:-}" ]; then
    local secret=${SWEEPS_CERTIFICATE_PASSWORD_FILE:-}
    [ -r "$secret" ] || fail "SWEEPS_CERTIFICATE_PASSWORD_FILE is '$secret': expected the file with the certificate's password"
  elif [ "${SWEEPS_TRUST_NETWORK:-}" != true ]; then
    fail "SWEEPS_CERTIFICATE is empty: expected a certificate, or SWEEPS_TRUST_NETWORK=true where nobody else reaches the machines"
  fi
  local setting
  for setting in "$SWEEPS_FOLDER" "$SWEEPS_POSTGRESQL" "${SWEEPS_CERTIFICATE:-}" "${SWEEPS_CONFIG:-}" "${TMPDIR:-}"; do
    case $setting in *$'\n'*) fail "'$setting': expected no line break" ;; esac
  done
  # At most 32 characters; jobs have numbers below 2^26, tasks of arrays below 2^22.
  name=$role-${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+-$SLURM_ARRAY_TASK_ID}
  state=${TMPDIR:-/tmp}/sweeps-$name
  config=$state/cluster.hocon
  trap 'rm -rf "$state"' EXIT
  # The configuration has passwords.
  rm -rf "$state" # of a job that was killed
  (umask 077 && mkdir -p "$state" && write_config "$role" "$name" >"$config") || exit

  if [ -z "$stopping" ]; then
    say "$name begins${SLURM_RESTART_COUNT:+, after $SLURM_RESTART_COUNT requeues}"
    "$program" node --once --config "$config" &
    node=$!
    if [ -n "$stopping" ]; then kill -TERM "$node"; fi
    if [ "$role" = orchestrator ] && [ -n "${SWEEPS_SUBMIT:-}" ]; then
      submit &
      submitter=$!
    fi
    while true; do
      interrupted=''
      wait "$node"
      ended=$?
      # 127: it was waited for already, and the signal came right after.
      if [ $ended -ne 127 ]; then code=$ended; fi
      [ -n "$interrupted" ] || break
    done
    if [ -n "$submitter" ]; then kill "$submitter" 2>/dev/null; fi
  fi
  if [ -e "$state/refused" ]; then exit "$(cat "$state/refused")"; fi
  if [ -n "$stopping" ] && is_running; then
    say "goes back to the queue"
    scontrol requeue "$SLURM_JOB_ID"
  fi
  exit $code
}
