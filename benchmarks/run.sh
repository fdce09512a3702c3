#!/bin/sh
# Builds and runs the benchmarks; see usage below and docs/benchmarks.md.
set -eu

suites='PooledVsNewConnection TransportPingPong ConnectClose FastOpen AcquireRelease HttpClients
  VirtualThreads Overheads LivenessCheck Growth'

usage() {
  cat <<USAGE
usage: benchmarks/run.sh quick|full [suite[.case] ...]
       benchmarks/run.sh page RESULTS.json ...

  quick   3 rounds of what matters most, under 5 minutes once built: a rough look
  full    7 rounds of everything, some hours: figures to quote, if nothing else runs meanwhile
  page    puts the tables of results files into docs/benchmarks.md, and draws their plots again

Suites: $suites.
Default all, but for a quick run without FastOpen, Overheads and LivenessCheck. VirtualThreads needs
JDK 21 or newer. A case may have wildcards: 'HttpClients.http-get-*'.

JAVA_HOME chooses the JDK, BENCHMARK_ROUNDS the number of rounds. The client is pinned to CPU
\$BENCHMARK_CPU (default 0), the server to \$BENCHMARK_SERVER_CPU (default the same, which is what a
small or shared machine needs).
Needs Linux, Maven, a C compiler, make, nginx, iproute2, util-linux, and root: for a peer that is a
true round trip away (round-trip.sh), and for a server that has to run first to answer first. A full
run needs 8 GB of memory: the JVMs of all subjects of a case live at once, and take turns.
Results go to benchmarks/results/<date>-<cpu>-<jdk>.json, with a plot for each suite beside it; those
of a quick run, or of another number of rounds, have that in the name. Cases that are not run again
stay in the file. BENCHMARK_RESULTS=FILE goes on with the file of another day.
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
      case " $(echo $suites) " in
        *" ${suite%%.*} "*) ;;
        *) echo "run.sh: no suite \"${suite%%.*}\"" >&2; usage >&2; exit 2 ;;
      esac
    done
    set -- "$mode" "$@"
    ;;
  page) mode=page; [ $# -ge 2 ] || { usage >&2; exit 2; } ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

if [ "$1" != page ]; then
  [ "$(uname)" = Linux ] || fail "only Linux has what this measures"
  [ "$(id -u)" = 0 ] || fail "needs root, for a true round trip and real-time priority: run it with sudo"
  [ -n "$(PATH=$PATH:/usr/sbin command -v nginx)" ] || fail "nginx not found (Debian: apt-get install nginx)"
fi
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
for program in "$java" mvn make cc taskset; do
  command -v "$program" >/dev/null || fail "$program not found"
done

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
module=$root/benchmarks
if [ "$1" = page ]; then
  shift
  set -- page "$root/docs/benchmarks.md" "$@"
fi

BENCHMARK_LOAD=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo unknown)
echo "Building ..." >&2
(cd "$root" && mvn -q -B -pl benchmarks -am package -DskipTests -P '!gates' >&2)
make -s -C "$module/src/main/c" OUT="$module/target/c"

BENCHMARK_REVISION=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)
git -C "$root" diff --quiet HEAD -- . ':!benchmarks/results' ':!docs' 2>/dev/null ||
  BENCHMARK_REVISION=$BENCHMARK_REVISION-changed
export BENCHMARK_REVISION BENCHMARK_LOAD
# JMH uses sun.misc.Unsafe, and newer JVMs warn of it unless they are told not to.
quiet=--sun-misc-unsafe-memory-access=allow
"$java" $quiet -version >/dev/null 2>&1 || quiet=
set -- "$java" $quiet -cp "$module/target/benchmarks.jar" io.trunkline.benchmarks.Compare \
  "$module/target/c" "$module/results" "$@"
case $mode in
  page) exec "$@" ;;
  *) exec "$module/round-trip.sh" 1,20,80 "$@" ;;
esac
