#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh <output-dir> <java.home> <auto|required|off>
# Builds <output-dir>/META-INF/native/linux-<arch>/libtrunkline.so. "auto" does without the library
# where the tools are missing; an error in the code fails the build in every mode but "off".
set -eu

if [ $# -ne 3 ]; then
  echo "usage: build.sh <output-dir> <java.home> <auto|required|off>" >&2
  exit 2
fi
output=$1 java_home=$2 native=$3

case $native in
  auto | required) ;;
  off)
    echo "[INFO] native library not built: switched off"
    exit 0
    ;;
  *)
    echo "[ERROR] native library: '$native' is none of auto, required, off"
    exit 1
    ;;
esac

without() { # <reason> <fix>
  if [ "$native" = required ]; then
    echo "[ERROR] native library not built: $1. Fix: $2."
    exit 1
  fi
  echo "[WARNING] native library not built: $1; the jdk transport will be used. Fix: $2."
  exit 0
}

has_jni() { [ -f "$1/include/jni.h" ] && [ -f "$1/include/linux/jni_md.h" ]; }

cc=${CC:-cc}
install="install gcc and make (Debian: apt-get install gcc make)"
[ "$(uname -s)" = Linux ] || without "this is $(uname -s), not Linux" "build on Linux"
command -v make >/dev/null || without "no make" "$install"
command -v "${cc%% *}" >/dev/null || without "no C compiler ($cc)" "$install"
case $($cc -dumpmachine) in
  *musl*) without "$cc builds for musl, not for glibc" "build on a system with glibc" ;;
esac
echo '#include <sys/epoll.h>' | $cc -shared -fPIC -x c - -o /dev/null 2>/dev/null ||
  without "$cc lacks the C library's headers or a linker" \
    "install them (Debian: apt-get install libc6-dev binutils)"
if ! has_jni "$java_home" && javac=$(command -v javac); then
  java_home=$(dirname "$(dirname "$(readlink -f "$javac")")")
fi
has_jni "$java_home" || without "no JNI headers in $2/include" "run Maven with a full JDK"

mkdir -p "$output"
output=$(cd "$output" && pwd)
cd "$(dirname "$0")"
# make cannot handle a blank in a target; a relative path leaves out those above the project.
if relative=$(realpath --relative-to=. "$output" 2>/dev/null); then
  output=$relative
fi
exec make --no-print-directory all CC="$cc" JAVA_HOME="$java_home" \
  OUT="$output/META-INF/native/linux-$(uname -m)"
