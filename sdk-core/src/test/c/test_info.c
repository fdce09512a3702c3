/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void names_of_ipv4(void) {
  int client, server;
  struct net_address local, peer;
  connected_pair(&client, &server);
  CHECK_EQ(net_local_address(client, &local), 0);
  CHECK_EQ(net_peer_address(server, &peer), 0);
  CHECK_EQ(local.length, 4);
  CHECK_EQ(memcmp(local.bytes, "\x7f\0\0\1", 4), 0);
  CHECK(local.port > 0);
  CHECK_EQ(memcmp(&local, &peer, sizeof local), 0);
  net_close(client);
  net_close(server);
}

static void names_of_ipv6(void) {
  struct net_address any = v6_loopback(0);
  struct net_address local, peer;
  int listening = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listening >= 0);
  struct sockaddr_storage name;
  int length = net_encode(AF_INET6, &any, &name);
  CHECK_EQ(bind(listening, (struct sockaddr *)&name, (socklen_t)length), 0);
  CHECK_EQ(listen(listening, 1), 0);
  CHECK_EQ(net_local_address(listening, &local), 0);

  int fd = net_socket(true);
  int result = net_connect_start(fd, &local);
  CHECK_EQ(result == NET_STILL_CONNECTING ? net_connect_await(fd, -1) : result, 0);
  CHECK_EQ(net_peer_address(fd, &peer), 0);
  CHECK_EQ(peer.length, 16);
  CHECK_EQ(peer.port, local.port);
  CHECK_EQ(memcmp(peer.bytes, any.bytes, 16), 0);
  net_close(fd);
  net_close(listening);
}

static void mapped_names_are_ipv4(void) {
  int port;
  int listening = listener(1, &port);
  struct net_address address = v4_loopback(port);
  struct net_address peer;
  int fd = net_socket(true);
  int result = net_connect_start(fd, &address);
  CHECK_EQ(result == NET_STILL_CONNECTING ? net_connect_await(fd, -1) : result, 0);
  CHECK_EQ(net_peer_address(fd, &peer), 0);
  CHECK_EQ(memcmp(&peer, &address, sizeof peer), 0);
  net_close(fd);
  net_close(listening);
}

static void scope_id_is_kept_for_ipv6_only(void) {
  struct sockaddr_storage name;
  struct net_address address = v6_loopback(1);
  address.scope_id = 0x01020304;
  CHECK(net_encode(AF_INET6, &address, &name) > 0);
  CHECK_EQ(((struct sockaddr_in6 *)&name)->sin6_scope_id, 0x01020304);
  address.length = 4;
  CHECK(net_encode(AF_INET6, &address, &name) > 0);
  CHECK_EQ(((struct sockaddr_in6 *)&name)->sin6_scope_id, 0);
  CHECK_EQ(net_encode(AF_UNIX, &address, &name), -EAFNOSUPPORT);
}

static void names_fail_with_errno(void) {
  struct net_address address;
  int pair[2];
  int fd = net_socket(false);
  CHECK_EQ(net_peer_address(fd, &address), -ENOTCONN);
  net_close(fd);
  CHECK_EQ(net_local_address(-1, &address), -EBADF);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  CHECK_EQ(net_peer_address(pair[0], &address), -EAFNOSUPPORT);
  net_close(pair[0]);
  net_close(pair[1]);
}

static void tcp_info_has_the_fields_in_use(void) {
  uint8_t info[512];
  int client, server;
  connected_pair(&client, &server);
  CHECK(net_tcp_info(client, info, sizeof info) >= 104);
  CHECK_EQ(info[0], 1 /* TCP_ESTABLISHED */);
  CHECK_EQ(net_tcp_info(client, info, 8), 8);
  CHECK_EQ(net_tcp_info(client, info, 0), -EINVAL);
  CHECK_EQ(net_tcp_info(-1, info, sizeof info), -EBADF);
  net_close(client);
  net_close(server);
}

static void source_address_is_found_or_missed(void) {
  struct net_address address = v4_loopback(9);
  CHECK_EQ(net_source_address_check(&address), 0);
  memset(address.bytes, 255, 4); /* broadcast: refused, route or none */
  CHECK(net_source_address_check(&address) < 0);
  address.length = 3;
  CHECK_EQ(net_source_address_check(&address), -EINVAL);
  address = v4_loopback(-1);
  CHECK_EQ(net_source_address_check(&address), -EINVAL);
}

void test_info(void) {
  names_of_ipv4();
  scope_id_is_kept_for_ipv6_only();
  names_fail_with_errno();
  tcp_info_has_the_fields_in_use();
  source_address_is_found_or_missed();
  if (has_ipv6()) {
    names_of_ipv6();
    mapped_names_are_ipv4();
  } else {
    puts("   info   no ::1 here: IPv6 names not tested");
  }
}
