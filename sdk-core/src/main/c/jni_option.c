/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_common.h"
#include "net.h"

#include <errno.h>

/* Twice what today's kernels fill: a longer struct is cut, never refused. */
enum { TCP_INFO_BYTES = 512 };

static jint set_option(NATIVE_ARGS, jint fd, jint option, jint value) {
  return net_set_option(fd, option, value);
}

static jlong get_option(NATIVE_ARGS, jint fd, jint option) {
  return net_get_option(fd, option);
}

static jint socket_error(NATIVE_ARGS, jint fd) {
  return net_socket_error(fd);
}

static jint tcp_info(NATIVE_ARGS, jint fd, jbyteArray out) {
  jbyte info[TCP_INFO_BYTES];
  jsize room = out == NULL ? 0 : (*env)->GetArrayLength(env, out);
  if (room == 0) {
    return -EINVAL;
  }
  int filled = net_tcp_info(fd, info, room < TCP_INFO_BYTES ? room : TCP_INFO_BYTES);
  if (filled > 0) {
    (*env)->SetByteArrayRegion(env, out, 0, filled, info);
  }
  return filled;
}

static const JNINativeMethod methods[] = {
    {"setOption", "(III)I", (void *)set_option},
    {"getOption", "(II)J", (void *)get_option},
    {"socketError", "(I)I", (void *)socket_error},
    {"tcpInfo", "(I[B)I", (void *)tcp_info},
};

const struct native_table option_natives = {methods, COUNT_OF(methods)};
