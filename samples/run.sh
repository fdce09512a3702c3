#!/bin/sh
# Builds the samples and runs one of them, for the scripts beside it: run.sh MODULE NAME MAIN-CLASS [arguments]
set -eu

module=$1
name=$2
main=$3
shift 3

fail() {
  echo "$name: $1" >&2
  exit 1
}

if [ -n "${JAVA_HOME:-}" ]; then
  java=$JAVA_HOME/bin/java
  [ -x "$java" ] || fail "JAVA_HOME=$JAVA_HOME has no bin/java: point it at a JDK 17 or newer, or unset it."
else
  java=java
  command -v java >/dev/null || fail "java not found: install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless)."
fi
version=$("$java" -XshowSettings:properties -version 2>&1 |
  sed -n 's/^ *java\.specification\.version = //p')
case $version in
  '' | 1.* | [!1-9]* | *[!0-9]*) major=0 ;;
  *) major=$version ;;
esac
[ "$major" -ge 17 ] ||
  fail "needs Java 17 or newer, and $java is ${version:-of unknown version}: point JAVA_HOME at a JDK 17 or newer."
command -v mvn >/dev/null || fail "mvn not found: install Maven 3.8 or newer (Debian: apt-get install maven)."

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo "Building Trunkline (the first time, Maven downloads what it needs) ..." >&2
status=0
# The checks of a full build (format, Error Prone, tests) are left to "mvn verify".
(cd "$root" && mvn -q -B -pl "$module" -am package -DskipTests -P '!gates') >"$log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
  cat "$log" >&2
  echo "$name: the build failed, see above." >&2
  exit "$status"
fi
grep -i 'warn' "$log" >&2 || : # such as: no C compiler, so no native library
rm -f "$log"

# Only a shell can ask portably whether standard error is a terminal.
[ -t 2 ] && set -- --progress-line "$@"

for jar in "$root/$module"/target/trunkline-"$module"-*.jar; do
  case $jar in
    *-sources.jar | *-javadoc.jar) ;;
    *) exec "$java" --enable-native-access=ALL-UNNAMED -cp "$jar" "$main" "$@" ;;
  esac
done
