/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

static int attempt(enum net_direction direction, int fd, void *bytes, int length, int flags) {
  ssize_t moved = direction == NET_SEND ? send(fd, bytes, (size_t)length, flags | MSG_NOSIGNAL)
                                        : recv(fd, bytes, (size_t)length, flags);
  if (moved >= 0) {
    return (int)moved;
  }
  switch (errno) {
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
    case EAGAIN:
    /* A deferred Fast Open whose cookie has gone: the SYN left without data, nothing was taken. */
    case EINPROGRESS:
    case EALREADY:
      return -EAGAIN;
    default:
      return -errno;
  }
}

/*
 * The one loop that moves bytes. NET_BLOCKING makes its first attempt a plain blocking call, which
 * SO_RCVTIMEO or SO_SNDTIMEO ends before the limit; what is left is waited for in ppoll(), which is
 * exact where those options are late, and which a stream of signals cannot prolong. That first
 * send() goes on until all bytes are taken, unless a signal or its limit cuts it to a count; every
 * other attempt returns with what could be moved at once. The caller brings the deadline, so that a
 * transfer that need not wait reads no clock here.
 */
int net_transfer(enum net_direction direction, int fd, void *bytes, int length, int64_t deadline,
                 int mode) {
  if (length < 0 || mode < NET_NEVER_WAIT || mode > NET_POLLED) {
    return -EINVAL;
  }
  if (length == 0) {
    return 0;
  }
  bool limited = deadline != NET_NO_DEADLINE && mode != NET_NEVER_WAIT;
  int flags = mode == NET_BLOCKING ? 0 : MSG_DONTWAIT;

  for (;;) {
    int result = attempt(direction, fd, bytes, length, flags);
    if (result == -EINTR && !limited) {
      continue;
    }
    if ((result != -EAGAIN && result != -EINTR) || mode == NET_NEVER_WAIT) {
      return result;
    }
    /* Not left to net_wait(), whose last look could report "ready" to a would-block for ever. */
    if (limited && net_now() >= deadline) {
      return -EAGAIN;
    }
    int revents = net_wait(fd, direction == NET_SEND ? POLLOUT : POLLIN, deadline);
    if (revents <= 0) {
      return revents < 0 ? revents : -EAGAIN;
    }
    flags = MSG_DONTWAIT;
  }
}

int net_set_limit(enum net_direction direction, int fd, int64_t limit_nanos) {
  struct timeval time = {0, 0};
  if (limit_nanos > 0) {
    int64_t micros = (limit_nanos - limit_nanos / 8) / 1000;
    if (micros == 0) {
      micros = 1; /* 0 would mean no limit */
    }
    time.tv_sec = micros / 1000000;
    time.tv_usec = micros % 1000000;
  }
  int option = direction == NET_SEND ? SO_SNDTIMEO : SO_RCVTIMEO;
  return setsockopt(fd, SOL_SOCKET, option, &time, sizeof time) == 0 ? 0 : -errno;
}

int net_send_urgent(int fd, uint8_t byte) {
  return send(fd, &byte, 1, MSG_OOB | MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int net_available(int fd) {
  int count = 0;
  return ioctl(fd, FIONREAD, &count) == 0 ? count : -errno;
}
