#!/bin/sh
# Builds and runs the benchmarks; see usage below and docs/benchmarks.md.
set -eu

usage() {
  cat <<'USAGE'
usage: benchmarks/run.sh quick|full [suite ...]
       benchmarks/run.sh page RESULTS.json

  quick   3 rounds, small messages, under 5 minutes: to see that it works, and roughly how
  full    7 rounds, all sizes, about 45 minutes: figures to quote, if nothing else runs meanwhile
  page    puts the tables of a results file into docs/benchmarks.md

Suites: TransportPingPong ConnectClose AcquireRelease VirtualThreads (JDK 21 or newer). Default all.

BENCHMARK_ROUNDS=7 benchmarks/run.sh quick measures the small messages as often as a full run does.
Client and server are pinned to CPU $BENCHMARK_CPU (default 0). Needs Linux, a C compiler, make,
taskset, Maven, and root: the server has to run at real-time priority to answer first.
JAVA_HOME chooses the JDK. Results go to benchmarks/results/<date>-<cpu>-<jdk>.json.
USAGE
}

fail() {
  echo "run.sh: $1" >&2
  exit 1
}

case ${BENCHMARK_ROUNDS:-1} in
  '' | 0* | *[!0-9]*) fail "BENCHMARK_ROUNDS=$BENCHMARK_ROUNDS is not a number of rounds" ;;
esac
case ${1:-} in
  quick | full)
    mode=$1
    shift
    for suite; do
      case $suite in
        TransportPingPong | ConnectClose | AcquireRelease | VirtualThreads) ;;
        *) echo "run.sh: no suite \"$suite\"" >&2; usage >&2; exit 2 ;;
      esac
    done
    set -- "$mode" "$@"
    ;;
  page) [ $# -eq 2 ] || { usage >&2; exit 2; } ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
for program in "$java" mvn make cc taskset; do
  command -v "$program" >/dev/null || fail "$program not found"
done

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
module=$root/benchmarks
if [ "$1" = page ]; then
  set -- page "$root/docs/benchmarks.md" "$(realpath -- "$2")"
fi

echo "Building ..." >&2
(cd "$root" && mvn -q -B -pl benchmarks -am package -DskipTests -P '!gates' >&2)
make -s -C "$module/src/main/c" OUT="$module/target/c"

BENCHMARK_REVISION=$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)
export BENCHMARK_REVISION
# JMH uses sun.misc.Unsafe, and newer JVMs warn of it unless they are told not to.
quiet=--sun-misc-unsafe-memory-access=allow
"$java" $quiet -version >/dev/null 2>&1 || quiet=
exec "$java" $quiet -cp "$module/target/benchmarks.jar" io.trunkline.benchmarks.Compare \
  "$module/target/c" "$module/results" "$@"
