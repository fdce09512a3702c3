#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# jni-warnings.sh <module> <failIfNone>: fails if -Xcheck:jni said anything of a native method of ours while the module's
# tests ran; and, unless failIfNone is false, if it has tests and none ran.
# The first frame after a warning is the native method. Where nothing was said there is no dumpstream.
set -eu

ours() {
  awk '
    /WARNING in native method|WARNING: JNI|FATAL ERROR in native method/ { said = $0; next }
    said && /at [a-z]+[.]/ { if ($0 ~ /at io[.]trunkline[.]/) print said "\n" $0; said = "" }'
}

fail() {
  echo "[ERROR] -Xcheck:jni: $1"
  exit 1
}

reports=$1/target/surefire-reports
[ -d "$1/src/test/java" ] || exit 0
[ -n "$(printf 'WARNING in native method: x\n\tat io.trunkline.X.y(Native Method)\n' | ours)" ] ||
  fail "a warning would not be found"
if [ -z "$(find "$reports" -name 'TEST-*.xml' 2>/dev/null)" ]; then
  [ "$2" = false ] || fail "no test ran, so there is nothing to look at in $reports"
  echo "[INFO] -Xcheck:jni: no test ran"
  exit 0
fi
found=$(find "$reports" -name '*.dumpstream' -exec cat {} + | ours)
if [ -n "$found" ]; then
  echo "$found"
  fail "see above, from $reports"
fi
echo "[INFO] -Xcheck:jni has nothing to say of native methods of io.trunkline"
