/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

static void round_trip(int fd, int option, int value, int64_t expected) {
  CHECK_EQ(net_set_option(fd, option, value), 0);
  CHECK_EQ(net_get_option(fd, option), expected);
}

static void options_read_back(bool ipv6) {
  static const int switches[] = {NET_NODELAY,   NET_KEEPALIVE, NET_FASTOPEN_CONNECT, NET_REUSEADDR,
                                 NET_OOBINLINE, NET_REUSEPORT, NET_BIND_ADDRESS_NO_PORT};
  int fd = net_socket(ipv6);
  for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
    round_trip(fd, switches[i], 1, 1);
    round_trip(fd, switches[i], 0, 0);
  }
  round_trip(fd, NET_KEEPIDLE, 33, 33);
  round_trip(fd, NET_KEEPINTVL, 7, 7);
  round_trip(fd, NET_KEEPCNT, 4, 4);
  round_trip(fd, NET_USER_TIMEOUT, 1234, 1234);
  round_trip(fd, NET_SYNCNT, 2, 2);
  round_trip(fd, NET_RCVBUF, 50000, 100000);
  round_trip(fd, NET_SNDBUF, 50000, 100000);
  round_trip(fd, NET_TOS, 0x10, 0x10);
  CHECK_EQ(net_get_option(fd, NET_LINGER), NET_LINGER_OFF);
  round_trip(fd, NET_LINGER, 0, 0);
  round_trip(fd, NET_LINGER, 9, 9);
  round_trip(fd, NET_LINGER, -1, NET_LINGER_OFF);
  if (ipv6) {
    int traffic_class = 0;
    socklen_t length = sizeof traffic_class;
    CHECK_EQ(getsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, &length), 0);
    CHECK_EQ(traffic_class, 0x10);
  }
  net_close(fd);
}

static void wrong_options_are_refused(void) {
  int fd = net_socket(false);
  CHECK_EQ(net_set_option(fd, -1, 1), -EINVAL);
  CHECK_EQ(net_set_option(fd, NET_OPTION_COUNT, 1), -EINVAL);
  CHECK_EQ(net_get_option(fd, -1), -EINVAL);
  CHECK_EQ(net_get_option(fd, NET_OPTION_COUNT), -EINVAL);
  CHECK_EQ(net_set_option(fd, NET_KEEPCNT, 0), -EINVAL);
  net_close(fd);
  CHECK_EQ(net_get_option(-1, NET_NODELAY), -EBADF);
  CHECK_EQ(net_get_option(-1, NET_LINGER), -EBADF);
  CHECK_EQ(net_set_option(-1, NET_TOS, 0), -EBADF);
}

static void limit_is_seven_eighths(void) {
  int fd = net_socket(false);
  struct timeval time;
  socklen_t length = sizeof time;
  CHECK_EQ(net_set_limit(NET_RECEIVE, fd, 8000 * MILLIS), 0);
  CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length), 0);
  CHECK_EQ(time.tv_sec, 7);
  CHECK_EQ(net_set_limit(NET_SEND, fd, 1), 0); /* nanosecond: not "no limit" */
  CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length), 0);
  CHECK(time.tv_sec > 0 || time.tv_usec > 0);
  CHECK_EQ(net_set_limit(NET_SEND, fd, -5), 0);
  CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length), 0);
  CHECK(time.tv_sec == 0 && time.tv_usec == 0);
  net_close(fd);
}

static void error_is_read_once(void) {
  int client, server;
  connected_pair(&client, &server);
  CHECK_EQ(net_socket_error(client), 0);
  CHECK_EQ(net_set_option(server, NET_LINGER, 0), 0); /* close with RST */
  net_close(server);
  CHECK(net_wait(client, POLLIN, net_deadline(1000 * MILLIS)) > 0);
  CHECK_EQ(net_socket_error(client), ECONNRESET);
  CHECK_EQ(net_socket_error(client), 0);
  CHECK_EQ(net_set_option(client, NET_QUICKACK, 1), 0);
  CHECK_EQ(net_domain(client), AF_INET);
  net_close(client);
}

void test_option(void) {
  options_read_back(false);
  if (has_ipv6()) {
    options_read_back(true);
  }
  wrong_options_are_refused();
  limit_is_seven_eighths();
  error_is_read_once();
}
