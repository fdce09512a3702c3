#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# jni-warnings.sh <surefire-reports>: fails if -Xcheck:jni said anything of a native method of ours.
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

[ -n "$(printf 'WARNING in native method: x\n\tat io.trunkline.X.y(Native Method)\n' | ours)" ] ||
  fail "a warning would not be found"
[ -n "$(find "$1" -name 'TEST-*.xml' 2>/dev/null)" ] || fail "no test ran, so there is nothing to look at in $1"
found=$(find "$1" -name '*.dumpstream' -exec cat {} + | ours)
if [ -n "$found" ]; then
  echo "$found"
  fail "see above"
fi
echo "[INFO] -Xcheck:jni has nothing to say of native methods of io.trunkline"
