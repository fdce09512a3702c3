/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUNKLINE_JNI_COMMON_H
#define TRUNKLINE_JNI_COMMON_H

#include <jni.h>

/* NativeCalls.ABI: raised with every change of a signature, a constant or a return value. */
#define TRUNKLINE_ABI 2

/* The two arguments of every static native method, used or not. */
#define NATIVE_ARGS JNIEnv *env __attribute__((unused)), jclass type __attribute__((unused))

#define COUNT_OF(array) (jint)(sizeof(array) / sizeof(array)[0])

/* Each jni_*.c owns its part of the RegisterNatives table, so that its functions stay static. */
struct native_table {
  const JNINativeMethod *methods;
  jint count;
};

extern const struct native_table socket_natives;
extern const struct native_table io_natives;
extern const struct native_table option_natives;
extern const struct native_table poll_natives;

#endif
