/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
  pthread_mutex_t lock;
  bool armed;
  const char *only; /* a name of ours */
  bool one_thread;
  pthread_t thread;
  int pass;
  int times;
  int error;
  int failed;
  int count;
  const char *calls[FAULT_CALLS];
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* In a JVM: whether the caller is the library under test, not the JVM. Anything in a C test. */
static bool is_ours(void *caller) {
#ifdef FAULT_LIBRARY
  Dl_info info;
  return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
         strstr(info.dli_fname, FAULT_LIBRARY) != NULL;
#else
  return caller != NULL;
#endif
}

/* The error that this call is to fail with; 0 for none. */
static int next(const char *call, void *caller) {
  int error = 0;
  if (!__atomic_load_n(&fault.armed, __ATOMIC_ACQUIRE) || !is_ours(caller)) {
    return 0;
  }
  pthread_mutex_lock(&fault.lock);
  if (fault.armed && (!fault.one_thread || pthread_equal(fault.thread, pthread_self())) &&
      (fault.only == NULL || strcmp(fault.only, call) == 0)) {
    if (fault.count < FAULT_CALLS) {
      fault.calls[fault.count] = call;
    }
    if (fault.error != 0 && fault.count >= fault.pass && fault.failed < fault.times) {
      error = fault.error;
      fault.failed++;
    }
    fault.count++;
  }
  pthread_mutex_unlock(&fault.lock);
  return error;
}

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) {
    fprintf(stderr, "no %s to stand before\n", name);
    abort();
  }
  return found;
}

/* A function that fails before it did anything. */
#define STAND_BEFORE(type, name, parameters, ...)                   \
  type name parameters {                                            \
    static type(*next_one) parameters;                              \
    if (next_one == NULL) {                                         \
      *(void **)&next_one = real(#name);                            \
    }                                                               \
    int error = next(#name, __builtin_return_address(0));           \
    if (error != 0) {                                               \
      errno = error;                                                \
      return -1;                                                    \
    }                                                               \
    return next_one(__VA_ARGS__);                                   \
  }

STAND_BEFORE(int, socket, (int domain, int type, int protocol), domain, type, protocol)
STAND_BEFORE(int, socketpair, (int domain, int type, int protocol, int pair[2]), domain, type,
             protocol, pair)
STAND_BEFORE(int, bind, (int fd, const struct sockaddr *name, socklen_t length), fd, name, length)
STAND_BEFORE(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),
             fd, level, name, value, length)
STAND_BEFORE(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *length), fd,
             level, name, value, length)
STAND_BEFORE(int, getsockname, (int fd, struct sockaddr *name, socklen_t *length), fd, name, length)
STAND_BEFORE(int, getpeername, (int fd, struct sockaddr *name, socklen_t *length), fd, name, length)
STAND_BEFORE(int, shutdown, (int fd, int how), fd, how)
STAND_BEFORE(ssize_t, send, (int fd, const void *bytes, size_t length, int flags), fd, bytes,
             length, flags)
STAND_BEFORE(ssize_t, recv, (int fd, void *bytes, size_t length, int flags), fd, bytes, length,
             flags)
STAND_BEFORE(int, poll, (struct pollfd * fds, nfds_t count, int timeout), fds, count, timeout)
STAND_BEFORE(int, ppoll,
             (struct pollfd * fds, nfds_t count, const struct timespec *timeout,
              const sigset_t *mask),
             fds, count, timeout, mask)
STAND_BEFORE(int, epoll_create1, (int flags), flags)
STAND_BEFORE(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event), epoll,
             operation, fd, event)
STAND_BEFORE(int, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout), epoll,
             events, most, timeout)
STAND_BEFORE(int, eventfd, (unsigned value, int flags), value, flags)
STAND_BEFORE(ssize_t, read, (int fd, void *bytes, size_t length), fd, bytes, length)
STAND_BEFORE(ssize_t, write, (int fd, const void *bytes, size_t length), fd, bytes, length)

int ioctl(int fd, unsigned long request, ...) {
  static int (*next_one)(int, unsigned long, ...);
  if (next_one == NULL) {
    *(void **)&next_one = real("ioctl");
  }
  int error = next("ioctl", __builtin_return_address(0));
  if (error != 0) {
    errno = error;
    return -1;
  }
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  return next_one(fd, request, argument);
}

/* These three errors of connect(2) say that the handshake goes on, so it must. */
int connect(int fd, const struct sockaddr *name, socklen_t length) {
  static int (*next_one)(int, const struct sockaddr *, socklen_t);
  if (next_one == NULL) {
    *(void **)&next_one = real("connect");
  }
  int error = next("connect", __builtin_return_address(0));
  if (error == EINTR || error == EINPROGRESS || error == EALREADY) {
    next_one(fd, name, length);
  } else if (error == 0) {
    return next_one(fd, name, length);
  }
  errno = error;
  return -1;
}

/* Linux frees the number whatever close(2) returns. */
int close(int fd) {
  static int (*next_one)(int);
  if (next_one == NULL) {
    *(void **)&next_one = real("close");
  }
  int error = next("close", __builtin_return_address(0));
  int result = next_one(fd);
  if (error != 0) {
    errno = error;
    return -1;
  }
  return result;
}

/* So that no name outlives its caller. */
static const char *const names[] = {
    "socket",      "socketpair",  "bind",     "setsockopt", "getsockopt",    "getsockname",
    "getpeername", "shutdown",    "send",     "recv",       "poll",          "ppoll",
    "epoll_ctl",   "epoll_wait",  "eventfd",  "read",       "epoll_create1", "write",
    "ioctl",       "connect",     "close"};

void fault_arm(const char *call, int pass, int times, int error, bool this_thread_only) {
  const char *only = NULL;
  for (size_t i = 0; call != NULL && i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(call, names[i]) == 0) {
      only = names[i];
    }
  }
  if (call != NULL && only == NULL) {
    fprintf(stderr, "cannot let %s fail\n", call);
    abort();
  }
  pthread_mutex_lock(&fault.lock);
  fault.only = only;
  fault.one_thread = this_thread_only;
  fault.thread = pthread_self();
  fault.pass = pass;
  fault.times = times;
  fault.error = error;
  fault.failed = 0;
  fault.count = 0;
  __atomic_store_n(&fault.armed, true, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&fault.lock);
}

int fault_disarm(void) {
  pthread_mutex_lock(&fault.lock);
  __atomic_store_n(&fault.armed, false, __ATOMIC_RELEASE);
  int failed = fault.failed;
  pthread_mutex_unlock(&fault.lock);
  return failed;
}

const char *fault_call(int index) {
  pthread_mutex_lock(&fault.lock);
  const char *call =
      index >= 0 && index < fault.count && index < FAULT_CALLS ? fault.calls[index] : NULL;
  pthread_mutex_unlock(&fault.lock);
  return call;
}
