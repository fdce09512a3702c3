/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

static const uint8_t MAPPED_PREFIX[12] = {[10] = 0xff, [11] = 0xff};

int net_encode(int family, const struct net_address *address, struct sockaddr_storage *out) {
  if ((address->length != 4 && address->length != 16) || address->port < 0 ||
      address->port > UINT16_MAX) {
    return -EINVAL;
  }
  memset(out, 0, sizeof *out);
  if (family == AF_INET && address->length == 4) {
    struct sockaddr_in *name = (struct sockaddr_in *)out;
    name->sin_family = AF_INET;
    name->sin_port = htons((uint16_t)address->port);
    memcpy(&name->sin_addr, address->bytes, 4);
    return sizeof *name;
  }
  if (family == AF_INET6) {
    struct sockaddr_in6 *name = (struct sockaddr_in6 *)out;
    name->sin6_family = AF_INET6;
    name->sin6_port = htons((uint16_t)address->port);
    if (address->length == 4) {
      memcpy(name->sin6_addr.s6_addr, MAPPED_PREFIX, 12);
      memcpy(name->sin6_addr.s6_addr + 12, address->bytes, 4);
    } else {
      memcpy(name->sin6_addr.s6_addr, address->bytes, 16);
      name->sin6_scope_id = address->scope_id;
    }
    return sizeof *name;
  }
  return -EAFNOSUPPORT;
}

static int decode(const struct sockaddr_storage *name, struct net_address *out) {
  memset(out, 0, sizeof *out);
  if (name->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;
    memcpy(out->bytes, &v4->sin_addr, 4);
    out->length = 4;
    out->port = ntohs(v4->sin_port);
    return 0;
  }
  if (name->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)name;
    bool mapped = memcmp(v6->sin6_addr.s6_addr, MAPPED_PREFIX, 12) == 0;
    out->length = mapped ? 4 : 16;
    memcpy(out->bytes, v6->sin6_addr.s6_addr + (mapped ? 12 : 0), (size_t)out->length);
    out->scope_id = v6->sin6_scope_id;
    out->port = ntohs(v6->sin6_port);
    return 0;
  }
  return -EAFNOSUPPORT;
}

int net_local_address(int fd, struct net_address *out) {
  struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
  socklen_t length = sizeof name;
  return getsockname(fd, (struct sockaddr *)&name, &length) == 0 ? decode(&name, out) : -errno;
}

int net_peer_address(int fd, struct net_address *out) {
  struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
  socklen_t length = sizeof name;
  return getpeername(fd, (struct sockaddr *)&name, &length) == 0 ? decode(&name, out) : -errno;
}

int net_tcp_info(int fd, void *out, int length) {
  socklen_t filled = (socklen_t)length;
  if (length <= 0) {
    return -EINVAL;
  }
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &filled) == 0 ? (int)filled : -errno;
}

/* connect() of a datagram socket chooses route and source address, and sends nothing. */
int net_source_address_check(const struct net_address *address) {
  struct sockaddr_storage name;
  int family = address->length == 4 ? AF_INET : AF_INET6;
  int length = net_encode(family, address, &name);
  int result = 0;

  if (length < 0) {
    return length;
  }
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return -errno;
  }
  if (connect(fd, (struct sockaddr *)&name, (socklen_t)length) != 0) {
    result = -errno;
  }
  net_close(fd);
  return result;
}
