/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static char bytes[64 * 1024];

/* The limit 0 is none. */
static int64_t deadline_of(int64_t limit_nanos) {
  return limit_nanos == 0 ? NET_NO_DEADLINE : net_deadline(limit_nanos);
}

static int receive(int fd, int64_t limit_nanos, int mode) {
  return net_transfer(NET_RECEIVE, fd, bytes, sizeof bytes, deadline_of(limit_nanos), mode);
}

static int send_bytes(int fd, int64_t limit_nanos, int mode) {
  return net_transfer(NET_SEND, fd, bytes, sizeof bytes, deadline_of(limit_nanos), mode);
}

static int say_hello(int fd) {
  return send(fd, "hello", 5, MSG_NOSIGNAL) == 5 ? 0 : -1;
}

static int read_much(int fd) {
  static char sink[1 << 20];
  return recv(fd, sink, sizeof sink, 0) > 0 ? 0 : -1;
}

/* Never early; late by less than 20 ms in one of ten, since other processes run as well. */
static void times_out(enum net_direction direction, int fd, int millis, int mode) {
  int64_t late = INT64_MAX;
  CHECK_EQ(net_set_limit(direction, fd, mode == NET_BLOCKING ? millis * MILLIS : 0), 0);
  for (int i = 0; i < 10 && late >= 20 * MILLIS; i++) {
    int64_t start = net_now();
    CHECK_EQ(net_transfer(direction, fd, bytes, sizeof bytes, deadline_of(millis * MILLIS), mode), -EAGAIN);
    late = net_now() - start - millis * MILLIS;
    CHECK(late >= 0);
  }
  CHECK(late < 20 * MILLIS);
}

static void limits_hold(enum net_direction direction, int fd) {
  static const int limits[] = {1, 100, 300};
  for (int i = 0; i < 3; i++) {
    times_out(direction, fd, limits[i], NET_BLOCKING);
    times_out(direction, fd, limits[i], NET_POLLED);
  }
}

static void timed_calls_end_in_time(void) {
  int client, server;
  connected_pair(&client, &server);
  fill_send_buffer(server);
  limits_hold(NET_RECEIVE, server);
  limits_hold(NET_SEND, server);
  signals_every_10_millis(true);
  limits_hold(NET_RECEIVE, server);
  limits_hold(NET_SEND, server);
  CHECK(signals_seen() > 50);
  signals_every_10_millis(false);
  net_close(client);
  net_close(server);
}

static void waits_through_signals(int mode, int64_t limit_nanos) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_set_limit(NET_RECEIVE, client, limit_nanos), 0);
  CHECK_EQ(after_millis(80, say_hello, server), 0);
  signals_every_10_millis(true);
  CHECK_EQ(receive(client, limit_nanos, mode), 5);
  CHECK(signals_seen() > 0);
  signals_every_10_millis(false);
  CHECK_EQ(memcmp(bytes, "hello", 5), 0);
  join_after();

  fill_send_buffer(client);
  CHECK_EQ(net_set_limit(NET_SEND, client, limit_nanos), 0);
  CHECK_EQ(after_millis(80, read_much, server), 0);
  signals_every_10_millis(true);
  CHECK_EQ(net_transfer(NET_SEND, client, bytes, 1, deadline_of(limit_nanos), mode), 1);
  CHECK(signals_seen() > 0);
  signals_every_10_millis(false);
  join_after();
  net_close(client);
  net_close(server);
}

/* A blocking send(2) goes on until all is taken; the announced limit cuts it to a count. */
static void blocking_send_returns_a_part_at_its_limit(void) {
  static char much[4 << 20];
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_set_limit(NET_SEND, client, 200 * MILLIS), 0);
  int64_t start = net_now();
  int taken = net_transfer(NET_SEND, client, much, sizeof much, deadline_of(200 * MILLIS), NET_BLOCKING);
  CHECK(taken > 0 && taken < (int)sizeof much);
  CHECK(net_now() - start < 1000 * MILLIS);
  start = net_now();
  CHECK(net_transfer(NET_SEND, client, much, sizeof much, deadline_of(200 * MILLIS), NET_POLLED) != 0);
  CHECK(net_now() - start < 1000 * MILLIS);
  net_close(client);
  net_close(server);
}

static void never_wait_never_waits(void) {
  int client, server;
  connected_pair(&client, &server);
  int64_t start = net_now();
  CHECK_EQ(receive(client, 10000 * MILLIS, NET_NEVER_WAIT), -EAGAIN);
  int result;
  do {
    result = send_bytes(client, 10000 * MILLIS, NET_NEVER_WAIT);
  } while (result > 0);
  CHECK_EQ(result, -EAGAIN);
  CHECK(net_now() - start < 5000 * MILLIS);
  net_close(client);
  net_close(server);
}

static void returns_what_is_there(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_available(client), 0);
  CHECK_EQ(say_hello(server), 0);
  CHECK(net_wait(client, POLLIN, net_deadline(1000 * MILLIS)) > 0);
  CHECK_EQ(net_available(client), 5);
  CHECK_EQ(net_transfer(NET_RECEIVE, client, bytes, 2, NET_NO_DEADLINE, NET_BLOCKING), 2);
  CHECK_EQ(receive(client, 0, NET_POLLED), 3);
  CHECK_EQ(net_transfer(NET_RECEIVE, client, bytes, 0, NET_NO_DEADLINE, NET_BLOCKING), 0);
  CHECK_EQ(net_transfer(NET_RECEIVE, client, bytes, -1, NET_NO_DEADLINE, NET_BLOCKING), -EINVAL);
  CHECK_EQ(receive(client, 0, 3), -EINVAL);
  CHECK_EQ(receive(-1, NET_NO_DEADLINE, NET_BLOCKING), -EBADF);
  CHECK_EQ(net_send_urgent(server, 'u'), 0);
  CHECK(net_wait(client, POLLPRI, net_deadline(1000 * MILLIS)) > 0);
  char urgent = 0;
  CHECK_EQ(recv(client, &urgent, 1, MSG_OOB), 1);
  CHECK_EQ(urgent, 'u');
  CHECK_EQ(net_shutdown(server, SHUT_WR), 0);
  CHECK_EQ(receive(client, 1000 * MILLIS, NET_POLLED), 0);
  net_close(client);
  net_close(server);
}

/* The test process leaves SIGPIPE at its default, which would end it. */
static void closed_peer_is_an_error_without_signal(void) {
  int client, server, result;
  connected_pair(&client, &server);
  net_close(server);
  do {
    result = send_bytes(client, NET_NO_DEADLINE, NET_BLOCKING);
  } while (result > 0);
  CHECK(result == -EPIPE || result == -ECONNRESET);
  CHECK_EQ(send_bytes(client, NET_NO_DEADLINE, NET_BLOCKING), -EPIPE);
  CHECK_EQ(net_send_urgent(client, 'u'), -EPIPE);
  net_close(client);
}

static void extreme_limits_are_no_limits(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_set_limit(NET_RECEIVE, client, INT64_MAX), 0);
  CHECK_EQ(say_hello(server), 0);
  CHECK_EQ(receive(client, INT64_MAX, NET_BLOCKING), 5);
  CHECK_EQ(say_hello(server), 0);
  CHECK_EQ(receive(client, INT64_MIN, NET_POLLED), 5);
  net_close(client);
  net_close(server);
}

void test_io(void) {
  timed_calls_end_in_time();
  waits_through_signals(NET_BLOCKING, 0);
  waits_through_signals(NET_BLOCKING, 2000 * MILLIS);
  waits_through_signals(NET_POLLED, 0);
  waits_through_signals(NET_POLLED, 2000 * MILLIS);
  blocking_send_returns_a_part_at_its_limit();
  never_wait_never_waits();
  returns_what_is_there();
  closed_peer_is_an_error_without_signal();
  extreme_limits_are_no_limits();
}
