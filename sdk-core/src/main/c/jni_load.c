/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_common.h"

#include <stddef.h>

/*
 * FindClass sees the class loader that loads this library, so each loader's NativeCalls is bound to
 * its own copy. A method that Java does not declare leaves NoSuchMethodError pending: the load
 * fails with it. Nothing is cached, so nothing has to be undone in JNI_OnUnload.
 */
JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved __attribute__((unused))) {
  const struct native_table *tables[] = {&socket_natives, &io_natives, &option_natives,
                                         &poll_natives};
  JNIEnv *env = NULL;
  if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) {
    return JNI_ERR;
  }
  jclass type = (*env)->FindClass(env, "io/trunkline/transport/jni/NativeCalls");
  if (type == NULL) {
    return JNI_ERR;
  }
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    if ((*env)->RegisterNatives(env, type, tables[i]->methods, tables[i]->count) != JNI_OK) {
      return JNI_ERR;
    }
  }
  (*env)->DeleteLocalRef(env, type);
  return JNI_VERSION_1_8;
}
