/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

static bool is_blocking(int fd) {
  return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

static int cancel(int fd) {
  return net_shutdown(fd, SHUT_RDWR);
}

static int connect_within(int fd, const struct net_address *address, int64_t limit_nanos) {
  int result = net_connect_start(fd, address);
  return result == NET_STILL_CONNECTING ? net_connect_await(fd, limit_nanos) : result;
}

/* A listener whose accept queue is full drops SYNs: the next connect hangs. */
static int full_listener(int *port, int *filler) {
  int fd = listener(0, port);
  struct net_address address = v4_loopback(*port);
  *filler = net_socket(false);
  CHECK_EQ(connect_within(*filler, &address, 1000 * MILLIS), 0);
  return fd;
}

static void connects_and_turns_blocking(void) {
  int port;
  int listening = listener(1, &port);
  struct net_address address = v4_loopback(port);
  int fd = net_socket(false);
  CHECK(!is_blocking(fd));
  CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  CHECK_EQ(connect_within(fd, &address, -1), 0);
  CHECK(is_blocking(fd));
  net_close(fd);
  net_close(listening);
}

static void connects_ipv4_from_a_dual_stack_socket(void) {
  int port;
  int listening = listener(1, &port);
  struct net_address address = v4_loopback(port);
  struct net_address any = v4_loopback(0);
  int fd = net_socket(true);
  CHECK_EQ(net_bind(fd, &any), 0);
  CHECK_EQ(connect_within(fd, &address, 1000 * MILLIS), 0);
  net_close(fd);
  net_close(listening);
}

static void reports_refusal(void) {
  int port;
  net_close(listener(1, &port));
  struct net_address address = v4_loopback(port);
  int fd = net_socket(false);
  CHECK_EQ(connect_within(fd, &address, 1000 * MILLIS), -ECONNREFUSED);
  net_close(fd);
}

static void stops_at_the_limit(void) {
  int port, filler;
  int listening = full_listener(&port, &filler);
  struct net_address address = v4_loopback(port);
  int fd = net_socket(false);
  CHECK_EQ(net_connect_start(fd, &address), NET_STILL_CONNECTING);
  CHECK_EQ(net_connect_start(fd, &address), NET_STILL_CONNECTING); /* EALREADY */
  CHECK_EQ(net_connect_await(fd, 0), NET_STILL_CONNECTING);
  signals_every_10_millis(true);
  int64_t start = net_now();
  CHECK_EQ(net_connect_await(fd, 100 * MILLIS), NET_STILL_CONNECTING);
  int64_t elapsed = net_now() - start;
  CHECK(signals_seen() > 0);
  signals_every_10_millis(false);
  CHECK(elapsed >= 100 * MILLIS && elapsed < 500 * MILLIS);
  net_close(fd);
  net_close(filler);
  net_close(listening);
}

static void shutdown_cancels_a_connect(void) {
  int port, filler;
  int listening = full_listener(&port, &filler);
  struct net_address address = v4_loopback(port);
  int fd = net_socket(false);
  CHECK_EQ(net_connect_start(fd, &address), NET_STILL_CONNECTING);
  CHECK_EQ(after_millis(50, cancel, fd), 0);
  int result = net_connect_await(fd, 5000 * MILLIS);
  CHECK(result == -ECONNRESET || result == -ECONNABORTED);
  CHECK_EQ(net_connect_await(fd, 0), -ECONNABORTED); /* SO_ERROR has been read by now */
  join_after();
  net_close(fd);
  net_close(filler);
  net_close(listening);
}

static void rejects_what_is_no_address(void) {
  int fd = net_socket(false);
  struct net_address address = v4_loopback(65536);
  CHECK_EQ(net_connect_start(fd, &address), -EINVAL);
  address = v6_loopback(1);
  CHECK_EQ(net_connect_start(fd, &address), -EAFNOSUPPORT);
  address.length = 5;
  CHECK_EQ(net_bind(fd, &address), -EINVAL);
  address = (struct net_address){.bytes = {192, 0, 2, 1}, .length = 4};
  CHECK_EQ(net_bind(fd, &address), -EADDRNOTAVAIL);
  net_close(fd);
  CHECK_EQ(net_connect_start(-1, &address), -EBADF);
  CHECK_EQ(net_connect_await(fd, 0), -EBADF);
  CHECK_EQ(net_bind(-1, &address), -EBADF);
  CHECK_EQ(net_close(-1), -EBADF);
  CHECK_EQ(net_shutdown(-1, SHUT_WR), -EBADF);
}

static void waits_for_any_of_several(void) {
  int port, filler, open_port;
  int full = full_listener(&port, &filler);
  int listening = listener(1, &open_port);
  struct net_address silent = v4_loopback(port);
  struct net_address good = v4_loopback(open_port);
  int fds[3];
  for (int i = 0; i < 3; i++) {
    fds[i] = net_socket(false);
  }
  CHECK_EQ(net_connect_start(fds[0], &silent), NET_STILL_CONNECTING);
  CHECK_EQ(net_connect_start(fds[1], &silent), NET_STILL_CONNECTING);
  CHECK_EQ(net_wait_any(fds, 2, POLLOUT, net_deadline(0)), 0);
  signals_every_10_millis(true);
  int64_t start = net_now();
  CHECK_EQ(net_wait_any(fds, 2, POLLOUT, net_deadline(100 * MILLIS)), 0);
  int64_t elapsed = net_now() - start;
  CHECK(signals_seen() > 0);
  signals_every_10_millis(false);
  CHECK(elapsed >= 100 * MILLIS && elapsed < 500 * MILLIS);

  CHECK(net_connect_start(fds[2], &good) >= 0);
  CHECK_EQ(net_wait_any(fds, 3, POLLOUT, net_deadline(1000 * MILLIS)), 1);
  CHECK_EQ(cancel(fds[0]), 0); /* a shutdown in SYN_SENT wakes it, too */
  CHECK_EQ(net_wait_any(fds, 2, POLLOUT, NET_NO_DEADLINE), 1);

  CHECK_EQ(net_wait_any(fds, 0, POLLOUT, net_deadline(0)), -EINVAL);
  CHECK_EQ(net_wait_any(fds, NET_MAX_AWAITED + 1, POLLOUT, net_deadline(0)), -EINVAL);
  for (int i = 0; i < 3; i++) {
    net_close(fds[i]);
  }
  CHECK_EQ(net_wait_any(fds, 3, POLLOUT, NET_NO_DEADLINE), 3); /* POLLNVAL */
  net_close(filler);
  net_close(full);
  net_close(listening);
}

void test_socket(void) {
  CHECK_EQ(net_self_check(), 0);
  connects_and_turns_blocking();
  reports_refusal();
  stops_at_the_limit();
  shutdown_cancels_a_connect();
  rejects_what_is_no_address();
  if (has_ipv6()) {
    connects_ipv4_from_a_dual_stack_socket();
  }
  waits_for_any_of_several();
}
