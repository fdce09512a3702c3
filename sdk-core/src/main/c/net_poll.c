/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { NANOS_PER_SECOND = 1000000000 };

int64_t net_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

int64_t net_deadline(int64_t limit_nanos) {
  int64_t now = net_now();
  return limit_nanos < NET_NO_DEADLINE - now ? now + limit_nanos : NET_NO_DEADLINE;
}

/* > 0 when one is ready, 0 when the deadline passed; looks at least once. */
static int poll_until(struct pollfd *poll_fds, int count, int64_t deadline) {
  for (;;) {
    struct timespec left;
    if (deadline != NET_NO_DEADLINE) {
      int64_t nanos = deadline - net_now();
      if (nanos < 0) {
        nanos = 0;
      }
      left.tv_sec = nanos / NANOS_PER_SECOND;
      left.tv_nsec = nanos % NANOS_PER_SECOND;
    }
    int ready = ppoll(poll_fds, (nfds_t)count, deadline == NET_NO_DEADLINE ? NULL : &left, NULL);
    if (ready >= 0) {
      return ready;
    }
    if (errno != EINTR) {
      return -errno;
    }
  }
}

/*
 * revents > 0 when ready, 0 when the deadline passed; looks at least once.
 * poll(2) passes over negative numbers, and would wait for nothing.
 */
int net_wait(int fd, short events, int64_t deadline) {
  if (fd < 0) {
    return -EBADF;
  }
  struct pollfd poll_fd = {.fd = fd, .events = events};
  int ready = poll_until(&poll_fd, 1, deadline);
  if (ready <= 0) {
    return ready;
  }
  return (poll_fd.revents & POLLNVAL) != 0 ? -EBADF : poll_fd.revents;
}

/* How many are ready or broken, 0 when the deadline passed; looks at least once. */
int net_wait_any(const int *fds, int count, short events, int64_t deadline) {
  struct pollfd poll_fds[NET_MAX_AWAITED];
  if (count < 1 || count > NET_MAX_AWAITED) {
    return -EINVAL;
  }
  for (int i = 0; i < count; i++) {
    if (fds[i] < 0) {
      return -EBADF;
    }
    poll_fds[i] = (struct pollfd){.fd = fds[i], .events = events};
  }
  return poll_until(poll_fds, count, deadline);
}

/* What is ready now, 0 for nothing; looks at no clock. */
int net_look(int fd, short events) {
  if (fd < 0) {
    return -EBADF; /* as in net_wait(): not "nothing to see" */
  }
  struct pollfd poll_fd = {.fd = fd, .events = events};
  int ready;
  do {
    ready = poll(&poll_fd, 1, 0);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) {
    return -errno;
  }
  return (poll_fd.revents & POLLNVAL) != 0 ? -EBADF : poll_fd.revents;
}

int net_poll_idle(int fd) {
  return net_look(fd, POLLIN | POLLRDHUP);
}

int net_epoll_create(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  return fd >= 0 ? fd : -errno;
}

int net_epoll_control(int epoll_fd, int operation, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(epoll_fd, operation, fd, &event) == 0 ? 0 : -errno;
}

int net_epoll_wait(int epoll_fd, struct epoll_event *events, int max_events, int timeout_millis) {
  int ready = epoll_wait(epoll_fd, events, max_events, timeout_millis);
  if (ready >= 0) {
    return ready;
  }
  return errno == EINTR ? 0 : -errno; /* the caller loops anyway, and knows its next deadline */
}

int net_event_create(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd >= 0 ? fd : -errno;
}

/* EAGAIN: signalled so often that the counter is full, or drained by another: the goal is met. */
int net_event_signal(int fd) {
  const uint64_t one = 1;
  ssize_t count;
  do {
    count = write(fd, &one, sizeof one);
  } while (count < 0 && errno == EINTR); /* a lost signal would leave a thread asleep */
  return count >= 0 || errno == EAGAIN ? 0 : -errno;
}

int net_event_drain(int fd) {
  uint64_t signals;
  ssize_t count;
  do {
    count = read(fd, &signals, sizeof signals);
  } while (count < 0 && errno == EINTR);
  return count >= 0 || errno == EAGAIN ? 0 : -errno;
}
