/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void idle_connection_shows_bytes_and_end(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_poll_idle(client), 0);
  CHECK_EQ(send(server, "x", 1, MSG_NOSIGNAL), 1);
  CHECK(net_wait(client, POLLIN, net_deadline(1000 * MILLIS)) > 0);
  CHECK_EQ(net_poll_idle(client), POLLIN);
  net_close(server);
  CHECK(net_wait(client, POLLRDHUP, net_deadline(1000 * MILLIS)) > 0);
  CHECK_EQ(net_poll_idle(client), POLLIN | POLLRDHUP); /* though a byte hides the FIN */
  net_close(client);
  CHECK_EQ(net_poll_idle(client), -EBADF);
}

static void reset_shows_as_error(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_set_option(server, NET_LINGER, 0), 0);
  net_close(server);
  CHECK(net_wait(client, POLLIN, net_deadline(1000 * MILLIS)) > 0);
  CHECK((net_poll_idle(client) & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP));
  net_close(client);
}

static void deadline_looks_once_and_saturates(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_wait(client, POLLIN, net_now() - 1), 0);
  CHECK_EQ(net_wait(client, POLLOUT, net_now() - 1), POLLOUT);
  CHECK_EQ(net_deadline(INT64_MAX), NET_NO_DEADLINE);
  net_close(client);
  net_close(server);
}

static void negative_numbers_are_no_descriptors(void) {
  int fds[2] = {net_socket(false), -1};
  CHECK_EQ(net_wait(-1, POLLIN, NET_NO_DEADLINE), -EBADF);
  CHECK_EQ(net_connect_await(-1, -1), -EBADF);
  CHECK_EQ(net_wait_any(fds, 2, POLLIN, NET_NO_DEADLINE), -EBADF);
  CHECK_EQ(net_poll_idle(-1), -EBADF);
  net_close(fds[0]);
}

static void epoll_reports_events_with_their_data(void) {
  struct epoll_event events[4];
  const uint64_t data = UINT64_C(0xfedcba9876543210);
  int epoll = net_epoll_create();
  int event = net_event_create();
  CHECK(epoll >= 0 && event >= 0);
  CHECK_EQ(net_epoll_control(epoll, EPOLL_CTL_ADD, event, EPOLLIN, data), 0);
  CHECK_EQ(net_epoll_control(epoll, EPOLL_CTL_ADD, event, EPOLLIN, data), -EEXIST);
  CHECK_EQ(net_epoll_wait(epoll, events, 4, 0), 0);

  CHECK_EQ(net_event_signal(event), 0);
  CHECK_EQ(net_event_signal(event), 0);
  CHECK_EQ(net_epoll_wait(epoll, events, 4, 1000), 1);
  CHECK(events[0].data.u64 == data && events[0].events == EPOLLIN);
  CHECK_EQ(net_event_drain(event), 0);
  CHECK_EQ(net_event_drain(event), 0);
  CHECK_EQ(net_epoll_wait(epoll, events, 4, 0), 0);

  signals_every_10_millis(true);
  CHECK_EQ(net_epoll_wait(epoll, events, 4, 5000), 0);
  CHECK(signals_seen() > 0);
  signals_every_10_millis(false);

  CHECK_EQ(net_epoll_control(epoll, EPOLL_CTL_DEL, event, 0, 0), 0);
  CHECK_EQ(net_epoll_control(epoll, EPOLL_CTL_MOD, event, EPOLLIN, 1), -ENOENT);
  CHECK_EQ(net_epoll_wait(epoll, events, 0, 0), -EINVAL);
  net_close(event);
  net_close(epoll);
}

static void a_full_event_counter_counts_as_signalled(void) {
  const uint64_t most = UINT64_MAX - 1;
  int event = net_event_create();
  CHECK_EQ(write(event, &most, sizeof most), sizeof most);
  CHECK_EQ(net_event_signal(event), 0);
  CHECK_EQ(net_event_drain(event), 0);
  net_close(event);
  CHECK_EQ(net_event_signal(-1), -EBADF);
  CHECK_EQ(net_event_drain(-1), -EBADF);
}

static void edge_reports_the_peers_end_once(void) {
  struct epoll_event events[1];
  int client, server;
  int epoll = net_epoll_create();
  connected_pair(&client, &server);
  CHECK_EQ(net_epoll_control(epoll, EPOLL_CTL_ADD, client, EPOLLRDHUP | EPOLLET, 7), 0);
  CHECK_EQ(send(server, "x", 1, MSG_NOSIGNAL), 1);
  CHECK_EQ(net_epoll_wait(epoll, events, 1, 50), 0);
  net_close(server);
  CHECK_EQ(net_epoll_wait(epoll, events, 1, 1000), 1);
  CHECK(events[0].data.u64 == 7 && (events[0].events & EPOLLRDHUP) != 0);
  CHECK_EQ(net_epoll_wait(epoll, events, 1, 0), 0);
  net_close(client);
  net_close(epoll);
}

void test_poll(void) {
  idle_connection_shows_bytes_and_end();
  reset_shows_as_error();
  deadline_looks_once_and_saturates();
  negative_numbers_are_no_descriptors();
  epoll_reports_events_with_their_data();
  a_full_event_counter_counts_as_signalled();
  edge_reports_the_peers_end_once();
}
