/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#ifndef SO_REUSEPORT
#define SO_REUSEPORT 15
#endif
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT 18
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static const struct {
  int level;
  int name;
} options[NET_OPTION_COUNT] = {
    [NET_NODELAY] = {IPPROTO_TCP, TCP_NODELAY},
    [NET_KEEPALIVE] = {SOL_SOCKET, SO_KEEPALIVE},
    [NET_KEEPIDLE] = {IPPROTO_TCP, TCP_KEEPIDLE},
    [NET_KEEPINTVL] = {IPPROTO_TCP, TCP_KEEPINTVL},
    [NET_KEEPCNT] = {IPPROTO_TCP, TCP_KEEPCNT},
    [NET_USER_TIMEOUT] = {IPPROTO_TCP, TCP_USER_TIMEOUT},
    [NET_SYNCNT] = {IPPROTO_TCP, TCP_SYNCNT},
    [NET_LINGER] = {SOL_SOCKET, SO_LINGER},
    [NET_RCVBUF] = {SOL_SOCKET, SO_RCVBUF},
    [NET_SNDBUF] = {SOL_SOCKET, SO_SNDBUF},
    [NET_TOS] = {IPPROTO_IP, IP_TOS},
    [NET_FASTOPEN_CONNECT] = {IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    [NET_QUICKACK] = {IPPROTO_TCP, TCP_QUICKACK},
    [NET_REUSEADDR] = {SOL_SOCKET, SO_REUSEADDR},
    [NET_OOBINLINE] = {SOL_SOCKET, SO_OOBINLINE},
    [NET_REUSEPORT] = {SOL_SOCKET, SO_REUSEPORT},
    [NET_BIND_ADDRESS_NO_PORT] = {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
};

static int set(int fd, int level, int name, const void *value, socklen_t length) {
  return setsockopt(fd, level, name, value, length) == 0 ? 0 : -errno;
}

/* A dual-stack socket takes one mark for its IPv6 packets and another for its mapped IPv4 ones. */
static int set_tos(int fd, int value) {
  int domain = net_domain(fd);
  if (domain < 0) {
    return domain;
  }
  if (domain == AF_INET6) {
    int result = set(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
    if (result != 0) {
      return result;
    }
  }
  return set(fd, IPPROTO_IP, IP_TOS, &value, sizeof value);
}

int net_set_option(int fd, int option, int value) {
  if (option < 0 || option >= NET_OPTION_COUNT) {
    return -EINVAL;
  }
  if (option == NET_LINGER) {
    struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? value : 0};
    return set(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  }
  if (option == NET_TOS) {
    return set_tos(fd, value);
  }
  return set(fd, options[option].level, options[option].name, &value, sizeof value);
}

int64_t net_get_option(int fd, int option) {
  if (option < 0 || option >= NET_OPTION_COUNT) {
    return -EINVAL;
  }
  if (option == NET_LINGER) {
    struct linger linger = {0, 0};
    socklen_t length = sizeof linger;
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) != 0) {
      return -errno;
    }
    return linger.l_onoff ? linger.l_linger : NET_LINGER_OFF;
  }
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, options[option].level, options[option].name, &value, &length) != 0) {
    return -errno;
  }
  return (uint32_t)value; /* never mistaken for an errno */
}

static int get_int(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -errno;
}

int net_domain(int fd) {
  return get_int(fd, SO_DOMAIN);
}

int net_socket_error(int fd) {
  return get_int(fd, SO_ERROR);
}
