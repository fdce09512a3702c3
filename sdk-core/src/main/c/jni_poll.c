/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_common.h"
#include "net.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

static jint poll_idle(NATIVE_ARGS, jint fd) {
  return net_poll_idle(fd);
}

static jint epoll_create_fd(NATIVE_ARGS) {
  return net_epoll_create();
}

static jint epoll_control(NATIVE_ARGS, jint epoll_fd, jint operation, jint fd, jint events,
                          jlong data) {
  return net_epoll_control(epoll_fd, operation, fd, (uint32_t)events, (uint64_t)data);
}

static jint epoll_wait_events(NATIVE_ARGS, jint epoll_fd, jlongArray out, jint max_events,
                              jint timeout_millis) {
  struct epoll_event events[NET_MAX_EVENTS];
  jlong pairs[2 * NET_MAX_EVENTS];

  if (out == NULL || max_events <= 0 || (*env)->GetArrayLength(env, out) / 2 < max_events) {
    return -EINVAL;
  }
  if (max_events > NET_MAX_EVENTS) {
    max_events = NET_MAX_EVENTS;
  }
  int ready = net_epoll_wait(epoll_fd, events, max_events, timeout_millis);
  for (int i = 0; i < ready; i++) {
    jlong *pair = pairs + (ptrdiff_t)2 * i;
    pair[0] = (jlong)events[i].data.u64;
    pair[1] = (jlong)events[i].events;
  }
  if (ready > 0) {
    (*env)->SetLongArrayRegion(env, out, 0, 2 * ready, pairs);
  }
  return ready;
}

static jint event_create(NATIVE_ARGS) {
  return net_event_create();
}

static jint event_signal(NATIVE_ARGS, jint fd) {
  return net_event_signal(fd);
}

static jint event_drain(NATIVE_ARGS, jint fd) {
  return net_event_drain(fd);
}

static jlong monotonic_nanos(NATIVE_ARGS) {
  return net_now();
}

static const JNINativeMethod methods[] = {
    {"pollIdle", "(I)I", (void *)poll_idle},
    {"epollCreate", "()I", (void *)epoll_create_fd},
    {"epollControl", "(IIIIJ)I", (void *)epoll_control},
    {"epollWait", "(I[JII)I", (void *)epoll_wait_events},
    {"eventCreate", "()I", (void *)event_create},
    {"eventSignal", "(I)I", (void *)event_signal},
    {"eventDrain", "(I)I", (void *)event_drain},
    {"monotonicNanos", "()J", (void *)monotonic_nanos},
};

const struct native_table poll_natives = {methods, COUNT_OF(methods)};
