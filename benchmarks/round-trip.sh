#!/bin/sh
# Runs a command with a peer that is a true round trip away; see usage below and docs/benchmarks.md.
set -eu

usage() {
  cat <<'USAGE'
usage: benchmarks/round-trip.sh [--for SECONDS] MILLIS[,MILLIS]... COMMAND [ARGUMENT]...

Runs COMMAND in a new network namespace. Beside it is a second one, the peer's, and between the
two a link for each round trip time in MILLIS: a TUN device at either end, and a process that
holds every packet, a SYN as any other, for half of the time. Nothing in either is joined to the
machine's own network. COMMAND finds in its environment

  ROUND_TRIPS       "1=198.18.1.2 20=198.18.2.2": the peer's address for each round trip
  ROUND_TRIP_PEER   the id of a process in the peer's namespace, to start servers there:
                    nsenter --net --target "$ROUND_TRIP_PEER" SERVER

Both ends allow TCP Fast Open, for whatever listens. The namespaces and links are gone when COMMAND
and all that it started have ended; COMMAND is ended when this is, in whatever way, or after --for
SECONDS (default 43200).

  sudo benchmarks/round-trip.sh 20 ping -c 3 198.18.1.2

exit code: that of COMMAND; 2 wrong usage, 77 not possible for this user or on this machine,
124 ended by --for
USAGE
}

refuse() { # exit code, why
  echo "round-trip.sh: $2" >&2
  exit "$1"
}

module=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
programs=${BENCHMARK_PROGRAMS:-$module/target/c}

outside() {
  seconds=43200
  if [ "${1:-}" = --for ]; then
    [ $# -ge 2 ] || { usage >&2; exit 2; }
    seconds=$2
    shift 2
  fi
  case ${1:-} in
    -h | --help) usage; exit 0 ;;
    '' | *[!0-9,]* | ,* | *,,* | *,) usage >&2; exit 2 ;;
  esac
  case $seconds in '' | 0* | *[!0-9]*) refuse 2 "--for $seconds is not a number of seconds" ;; esac
  [ $# -ge 2 ] || { usage >&2; exit 2; }
  [ "$(uname)" = Linux ] || refuse 77 "network namespaces need Linux"
  [ "$(id -u)" = 0 ] || refuse 77 "only root can make network namespaces: run it with sudo"
  for program in unshare nsenter setpriv timeout ip; do
    command -v "$program" >/dev/null ||
      refuse 77 "$program not found (Debian: util-linux, coreutils, iproute2)"
  done
  [ -x "$programs/delay-line" ] || make -s -C "$module/src/main/c" OUT="$programs" >&2 ||
    refuse 77 "cannot build delay-line: it needs make and a C compiler"
  unshare --net true 2>/dev/null || refuse 77 "not allowed to make a network namespace (CAP_SYS_ADMIN)"
  # Whoever of these is killed, the next one hears of it.
  exec timeout --foreground --kill-after=10 "$seconds" \
    setpriv --pdeathsig KILL unshare --net sh "$module/round-trip.sh" --inside "$seconds" "$@"
}

end() {
  trap - EXIT
  # COMMAND first, and it may take its time: it still has its peer.
  if [ -n "$command" ]; then
    kill "$command" 2>/dev/null || true
    wait "$command" 2>/dev/null || true
  fi
  for child in $children; do
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  done
}

# Waits until a test holds, 5 s at most.
await() { # what, test
  tries=0
  until eval "$2"; do
    tries=$((tries + 1))
    [ $tries -le 500 ] || refuse 1 "$1 did not come up"
    sleep 0.01
  done
}

link() { # number, milliseconds
  log=$directory/line-$1
  "$programs/delay-line" --delay $(($2 * 500)) --device "rtt$1" --for "$seconds" \
    "pid:$$" "pid:$peer" <&3 >"$log" 2>&1 &
  line=$!
  children="$children $line"
  # shellcheck disable=SC2016
  await "the line of $2 ms" '[ -s "$log" ]'
  if ! grep -q '^ready' "$log"; then
    cat "$log" >&2
    code=0
    wait "$line" || code=$?
    exit "$code"
  fi
  ip addr add "198.18.$1.1/30" dev "rtt$1"
  nsenter --net --target "$peer" ip addr add "198.18.$1.2/30" dev "rtt$1"
  trips="$trips${trips:+ }$2=198.18.$1.2"
}

inside() { # seconds, MILLIS, COMMAND...
  seconds=$1
  millis=$2
  shift 2
  children=''
  command=''
  trips=''
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"; end' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  ip link set lo up
  setpriv --pdeathsig KILL unshare --net sleep "$seconds" </dev/null &
  peer=$!
  children=$peer
  # shellcheck disable=SC2016
  await "the peer's namespace" \
    '[ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/$$/ns/net)" ] && [ "$(cat /proc/$peer/comm)" = sleep ]'
  nsenter --net --target "$peer" ip link set lo up
  # 1 for a client, 2 for a server, 0x400 for servers that do not ask for it.
  echo 1027 >/proc/sys/net/ipv4/tcp_fastopen
  nsenter --net --target "$peer" sh -c 'echo 1027 >/proc/sys/net/ipv4/tcp_fastopen'

  exec 4<&0 # what runs in the background would have none
  mkfifo "$directory/input" # which never ends
  exec 3<>"$directory/input"
  number=0
  for each in $(echo "$millis" | tr , ' '); do
    number=$((number + 1))
    link $number "$each"
  done
  rm -rf "$directory"
  exec 3>&-

  export ROUND_TRIPS="$trips" ROUND_TRIP_PEER="$peer"
  setpriv --pdeathsig TERM "$@" <&4 4<&- &
  command=$!
  code=0
  wait "$command" || code=$?
  command=''
  exit "$code"
}

if [ "${1:-}" = --inside ]; then
  shift
  inside "$@"
else
  outside "$@"
fi
