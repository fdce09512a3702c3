/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_common.h"
#include "net.h"

#include <errno.h>

/* Up to here a copy through the stack is cheaper than holding off the garbage collector. */
enum { STACK_BYTES = 8192 };

static bool in_range(jlong offset, jlong length, jlong size) {
  return offset >= 0 && length >= 0 && offset <= size - length;
}

static jint through_stack(JNIEnv *env, enum net_direction direction, jint fd, jbyteArray array,
                          jint offset, jint length, jlong deadline, jint mode) {
  jbyte bytes[STACK_BYTES];
  if (length > STACK_BYTES) {
    length = STACK_BYTES;
  }
  if (direction == NET_SEND) {
    (*env)->GetByteArrayRegion(env, array, offset, length, bytes);
  }
  int moved = net_transfer(direction, fd, bytes, length, deadline, mode);
  if (direction == NET_RECEIVE && moved > 0) {
    (*env)->SetByteArrayRegion(env, array, offset, moved, bytes);
  }
  return moved;
}

/* Never waits: a collection may stand still for as long as the array is held. */
static jint through_heap(JNIEnv *env, enum net_direction direction, jint fd, jbyteArray array,
                         jint offset, jint length) {
  jbyte *bytes = (*env)->GetPrimitiveArrayCritical(env, array, NULL);
  if (bytes == NULL) {
    return -ENOMEM;
  }
  int moved = net_transfer(direction, fd, bytes + offset, length, NET_NO_DEADLINE, NET_NEVER_WAIT);
  bool changed = direction == NET_RECEIVE && moved > 0;
  (*env)->ReleasePrimitiveArrayCritical(env, array, bytes, changed ? 0 : JNI_ABORT);
  return moved;
}

static jint transfer(JNIEnv *env, enum net_direction direction, jint fd, jbyteArray array,
                     jint offset, jint length, jlong deadline, jint mode) {
  if (array == NULL || !in_range(offset, length, (*env)->GetArrayLength(env, array))) {
    return -EINVAL;
  }
  if (length > STACK_BYTES) {
    int moved = through_heap(env, direction, fd, array, offset, length);
    if (moved != -EAGAIN || mode == NET_NEVER_WAIT) {
      return moved;
    }
  }
  return through_stack(env, direction, fd, array, offset, length, deadline, mode);
}

static jint transfer_direct(JNIEnv *env, enum net_direction direction, jint fd, jobject buffer,
                            jint position, jint length, jlong deadline, jint mode) {
  char *bytes = buffer == NULL ? NULL : (*env)->GetDirectBufferAddress(env, buffer);
  if (bytes == NULL || !in_range(position, length, (*env)->GetDirectBufferCapacity(env, buffer))) {
    return -EINVAL;
  }
  return net_transfer(direction, fd, bytes + position, length, deadline, mode);
}

static jint receive(NATIVE_ARGS, jint fd, jbyteArray array, jint offset, jint length,
                    jlong deadline, jint mode) {
  return transfer(env, NET_RECEIVE, fd, array, offset, length, deadline, mode);
}

static jint receive_direct(NATIVE_ARGS, jint fd, jobject buffer, jint position, jint length,
                           jlong deadline, jint mode) {
  return transfer_direct(env, NET_RECEIVE, fd, buffer, position, length, deadline, mode);
}

static jint send_array(NATIVE_ARGS, jint fd, jbyteArray array, jint offset, jint length,
                       jlong deadline, jint mode) {
  return transfer(env, NET_SEND, fd, array, offset, length, deadline, mode);
}

static jint send_direct(NATIVE_ARGS, jint fd, jobject buffer, jint position, jint length,
                        jlong deadline, jint mode) {
  return transfer_direct(env, NET_SEND, fd, buffer, position, length, deadline, mode);
}

static jint set_receive_limit(NATIVE_ARGS, jint fd, jlong limit_nanos) {
  return net_set_limit(NET_RECEIVE, fd, limit_nanos);
}

static jint set_send_limit(NATIVE_ARGS, jint fd, jlong limit_nanos) {
  return net_set_limit(NET_SEND, fd, limit_nanos);
}

static jint send_urgent(NATIVE_ARGS, jint fd, jint byte) {
  return net_send_urgent(fd, (uint8_t)byte);
}

static jint available(NATIVE_ARGS, jint fd) {
  return net_available(fd);
}

static const JNINativeMethod methods[] = {
    {"receive", "(I[BIIJI)I", (void *)receive},
    {"receiveDirect", "(ILjava/nio/ByteBuffer;IIJI)I", (void *)receive_direct},
    {"send", "(I[BIIJI)I", (void *)send_array},
    {"sendDirect", "(ILjava/nio/ByteBuffer;IIJI)I", (void *)send_direct},
    {"setReceiveLimit", "(IJ)I", (void *)set_receive_limit},
    {"setSendLimit", "(IJ)I", (void *)set_send_limit},
    {"sendUrgent", "(II)I", (void *)send_urgent},
    {"available", "(I)I", (void *)available},
};

const struct native_table io_natives = {methods, COUNT_OF(methods)};
