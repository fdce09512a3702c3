#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# jni-warnings.sh <surefire-reports>: fails if -Xcheck:jni said anything of a native method of ours.
# The first frame after a warning is the native method.
set -eu

found=$(find "$1" -name '*.dumpstream' -exec cat {} + | awk '
  /WARNING in native method|WARNING: JNI|FATAL ERROR in native method/ { said = $0; next }
  said && /at [a-z]+[.]/ { if ($0 ~ /at io[.]trunkline[.]/) print said "\n" $0; said = "" }')
if [ -n "$found" ]; then
  echo "$found"
  echo "[ERROR] -Xcheck:jni: see above"
  exit 1
fi
echo "[INFO] -Xcheck:jni has nothing to say of native methods of io.trunkline"
