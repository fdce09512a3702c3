/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_common.h"
#include "net.h"

#include <errno.h>
#include <poll.h>

/* localAddress and peerAddress: 16 bytes address, 2 port, 4 scope id, big-endian. */
enum { NAME_BYTES = 22 };

static int read_address(JNIEnv *env, jbyteArray bytes, jint scope_id, jint port,
                        struct net_address *out) {
  jsize length = bytes == NULL ? 0 : (*env)->GetArrayLength(env, bytes);
  if (length != 4 && length != 16) {
    return -EINVAL;
  }
  (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)out->bytes);
  out->length = length;
  out->scope_id = (uint32_t)scope_id;
  out->port = port;
  return 0;
}

static jint write_name(JNIEnv *env, const struct net_address *address, jbyteArray out) {
  jbyte name[NAME_BYTES];
  for (int i = 0; i < 16; i++) {
    name[i] = (jbyte)address->bytes[i];
  }
  name[16] = (jbyte)(address->port >> 8);
  name[17] = (jbyte)address->port;
  for (int i = 0; i < 4; i++) {
    name[18 + i] = (jbyte)(address->scope_id >> (24 - 8 * i));
  }
  (*env)->SetByteArrayRegion(env, out, 0, NAME_BYTES, name);
  return address->length;
}

static jint query_name(JNIEnv *env, int (*query)(int, struct net_address *), jint fd,
                       jbyteArray out) {
  struct net_address address;
  if (out == NULL || (*env)->GetArrayLength(env, out) < NAME_BYTES) {
    return -EINVAL;
  }
  int result = query(fd, &address);
  return result < 0 ? result : write_name(env, &address, out);
}

static jint abi_version(NATIVE_ARGS) {
  return TRUNKLINE_ABI;
}

static jint self_check(NATIVE_ARGS) {
  return net_self_check();
}

static jint open_socket(NATIVE_ARGS, jboolean ipv6) {
  return net_socket(ipv6 != JNI_FALSE);
}

static jint bind_socket(NATIVE_ARGS, jint fd, jbyteArray bytes, jint scope_id, jint port) {
  struct net_address address;
  int result = read_address(env, bytes, scope_id, port, &address);
  return result < 0 ? result : net_bind(fd, &address);
}

static jint connect_start(NATIVE_ARGS, jint fd, jbyteArray bytes, jint scope_id, jint port) {
  struct net_address address;
  int result = read_address(env, bytes, scope_id, port, &address);
  return result < 0 ? result : net_connect_start(fd, &address);
}

static jint connect_await(NATIVE_ARGS, jint fd, jlong limit_nanos) {
  return net_connect_await(fd, limit_nanos);
}

static jint connect_await_any(NATIVE_ARGS, jintArray fds, jint count, jlong limit_nanos) {
  jint numbers[NET_MAX_AWAITED];
  if (fds == NULL || count < 1 || count > NET_MAX_AWAITED ||
      (*env)->GetArrayLength(env, fds) < count) {
    return -EINVAL;
  }
  (*env)->GetIntArrayRegion(env, fds, 0, count, numbers);
  return net_wait_any(numbers, count, POLLOUT,
                      limit_nanos < 0 ? NET_NO_DEADLINE : net_deadline(limit_nanos));
}

static jint local_address(NATIVE_ARGS, jint fd, jbyteArray out) {
  return query_name(env, net_local_address, fd, out);
}

static jint peer_address(NATIVE_ARGS, jint fd, jbyteArray out) {
  return query_name(env, net_peer_address, fd, out);
}

static jint source_address_check(NATIVE_ARGS, jbyteArray bytes, jint scope_id, jint port) {
  struct net_address address;
  int result = read_address(env, bytes, scope_id, port, &address);
  return result < 0 ? result : net_source_address_check(&address);
}

static jint shutdown_socket(NATIVE_ARGS, jint fd, jint how) {
  return net_shutdown(fd, how);
}

static jint close_socket(NATIVE_ARGS, jint fd) {
  return net_close(fd);
}

static const JNINativeMethod methods[] = {
    {"abiVersion", "()I", (void *)abi_version},
    {"selfCheck", "()I", (void *)self_check},
    {"socket", "(Z)I", (void *)open_socket},
    {"bind", "(I[BII)I", (void *)bind_socket},
    {"connectStart", "(I[BII)I", (void *)connect_start},
    {"connectAwait", "(IJ)I", (void *)connect_await},
    {"connectAwaitAny", "([IIJ)I", (void *)connect_await_any},
    {"localAddress", "(I[B)I", (void *)local_address},
    {"peerAddress", "(I[B)I", (void *)peer_address},
    {"sourceAddressCheck", "([BII)I", (void *)source_address_check},
    {"shutdown", "(II)I", (void *)shutdown_socket},
    {"close", "(I)I", (void *)close_socket},
};

const struct native_table socket_natives = {methods, COUNT_OF(methods)};
