/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h for Java: io.trunkline.testing.Faults. */
#include "fault.h"

#include <jni.h>
#include <stddef.h>

JNIEXPORT void JNICALL Java_io_trunkline_testing_Faults_arm(JNIEnv *env, jclass type, jstring call,
                                                            jint pass, jint times, jint error,
                                                            jboolean this_thread_only) {
  (void)type;
  const char *name = call == NULL ? NULL : (*env)->GetStringUTFChars(env, call, NULL);
  fault_arm(name, pass, times, error, this_thread_only);
  if (name != NULL) {
    (*env)->ReleaseStringUTFChars(env, call, name);
  }
}

JNIEXPORT jint JNICALL Java_io_trunkline_testing_Faults_disarm(JNIEnv *env, jclass type) {
  (void)env;
  (void)type;
  return fault_disarm();
}

JNIEXPORT jstring JNICALL Java_io_trunkline_testing_Faults_call(JNIEnv *env, jclass type,
                                                                jint index) {
  (void)type;
  const char *name = fault_call(index);
  return name == NULL ? NULL : (*env)->NewStringUTF(env, name);
}
