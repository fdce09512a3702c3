#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh <java.home>: what a build checks of the C code; says what it leaves out, and why.
set -eu

leave_out() {
  echo "[WARNING] C code: $1 left out: $2"
}

cc=${CC:-cc} java_home=$1
[ -f "$java_home/include/jni.h" ] || java_home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
cd "$(dirname "$0")/../../main/c"
targets=delay-line

if echo 'int main(void) { return 0; }' | $cc -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null; then
  targets="$targets for-java test"
else
  leave_out "unit tests under sanitizers" "$cc has no sanitizer libraries"
fi
if command -v nm >/dev/null; then
  targets="$targets stood-before"
else
  leave_out "whether each system call can be made to fail" "nm is not installed (Debian: apt-get install binutils)"
fi
if command -v valgrind >/dev/null; then
  targets="$targets memcheck"
else
  leave_out "unit tests under valgrind" "it is not installed (Debian: apt-get install valgrind)"
fi
if echo | $cc -fanalyzer -x c -c - -o /dev/null 2>/dev/null; then
  targets="$targets analyze"
else
  leave_out "static analysis" "$cc has no -fanalyzer"
fi
if command -v clang-tidy >/dev/null; then
  targets="$targets tidy"
else
  leave_out "clang-tidy" "it is not installed (Debian: apt-get install clang-tidy)"
fi
# All at once: the tests wait for most of their time.
exec make --no-print-directory -j4 -Otarget $targets JAVA_HOME="$java_home"
