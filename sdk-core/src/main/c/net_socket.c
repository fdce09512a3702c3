/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* Not fcntl(): it takes two calls, and may be bound to fcntl64@GLIBC_2.28. */
static int make_blocking(int fd) {
  int off = 0;
  return ioctl(fd, FIONBIO, &off) == 0 ? 0 : -errno;
}

int net_self_check(void) {
  const char sent = 0x5a;
  char received = 0;
  int pair[2];
  int result = 0;

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return -errno;
  }
  if (send(pair[0], &sent, 1, MSG_NOSIGNAL) != 1) {
    result = -errno;
  } else {
    ssize_t count = recv(pair[1], &received, 1, MSG_DONTWAIT);
    if (count < 0) {
      result = -errno;
    } else if (count != 1 || received != sent) {
      result = -EIO;
    }
  }
  net_close(pair[0]);
  net_close(pair[1]);
  return result;
}

int net_socket(bool ipv6) {
  const int off = 0;
  int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return -errno;
  }
  if (ipv6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
    int error = errno;
    net_close(fd);
    return -error;
  }
  return fd;
}

int net_bind(int fd, const struct net_address *address) {
  const int on = 1;
  struct sockaddr_storage name;
  int length = net_domain(fd);

  if (length >= 0) {
    length = net_encode(length, address, &name);
  }
  if (length < 0) {
    return length;
  }
  /* The port is then chosen in connect(), where it need only be unique for that peer. */
  if (address->port == 0 &&
      setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0 &&
      errno != ENOPROTOOPT) {
    return -errno;
  }
  return bind(fd, (struct sockaddr *)&name, (socklen_t)length) == 0 ? 0 : -errno;
}

/*
 * shutdown() in SYN_SENT leaves ECONNRESET in SO_ERROR, as does a peer that reset at once. SO_ERROR
 * is one-shot, so where somebody else has read it, only the missing peer name tells.
 */
static int verify_connected(int fd) {
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0) {
    return 0;
  }
  return errno == ENOTCONN ? -ECONNABORTED : -errno;
}

/* What the result of a wait for POLLOUT says of the handshake. */
static int connect_outcome(int fd, int revents) {
  if (revents <= 0) {
    return revents < 0 ? revents : NET_STILL_CONNECTING;
  }
  /* A pending error shows as POLLERR, so a clean POLLOUT needs no second question. */
  int error = (revents & (POLLERR | POLLHUP)) != 0 ? net_socket_error(fd) : 0;
  if (error != 0) {
    return error > 0 ? -error : error;
  }
  /* Only with POLLHUP: a Fast Open socket that has not sent its SYN has no peer name either. */
  if ((revents & POLLHUP) != 0) {
    int result = verify_connected(fd);
    if (result != 0) {
      return result;
    }
  }
  return make_blocking(fd);
}

static int connect_as(int family, int fd, const struct net_address *address) {
  struct sockaddr_storage name;
  int length = net_encode(family, address, &name);

  if (length < 0) {
    return length;
  }
  if (connect(fd, (struct sockaddr *)&name, (socklen_t)length) == 0) {
    return make_blocking(fd);
  }
  switch (errno) {
    case EINPROGRESS:
    case EALREADY:
    case EINTR: /* the handshake goes on; a second connect() would not be the same question */
      /* On the same host the answer has come by now, and nobody need set out to wait for it. */
      return connect_outcome(fd, net_look(fd, POLLOUT));
    default:
      return -errno;
  }
}

int net_connect_start(int fd, const struct net_address *address) {
  int result = connect_as(address->length == 4 ? AF_INET : AF_INET6, fd, address);
  /* An IPv6 socket refuses the shorter name before it does anything: only then ask what it is. */
  if (result == -EINVAL && address->length == 4 && net_domain(fd) == AF_INET6) {
    return connect_as(AF_INET6, fd, address);
  }
  return result;
}

int net_connect_await(int fd, int64_t limit_nanos) {
  if (limit_nanos == 0) {
    return connect_outcome(fd, net_look(fd, POLLOUT));
  }
  int64_t deadline = limit_nanos < 0 ? NET_NO_DEADLINE : net_deadline(limit_nanos);
  return connect_outcome(fd, net_wait(fd, POLLOUT, deadline));
}

int net_shutdown(int fd, int how) {
  return shutdown(fd, how) == 0 ? 0 : -errno;
}

int net_close(int fd) {
  if (close(fd) == 0) {
    return 0;
  }
  /* Linux has freed the number already: closing again could hit another thread's descriptor. */
  return errno == EINTR ? 0 : -errno;
}
