/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls as the SDK needs them: no policy, no JNI, no state of their own.
 * Every function returns a value >= 0, or -errno taken at the failing call.
 * Times are nanoseconds of CLOCK_MONOTONIC: a signal or a clock change never stretches a limit.
 */
#ifndef TRUNKLINE_NET_H
#define TRUNKLINE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Shared with NativeCalls.java; a change there or here is a change of TRUNKLINE_ABI. */
enum { NET_STILL_CONNECTING = 1 };

enum net_mode { NET_NEVER_WAIT, NET_BLOCKING, NET_POLLED };

enum net_option {
  NET_NODELAY,
  NET_KEEPALIVE,
  NET_KEEPIDLE,
  NET_KEEPINTVL,
  NET_KEEPCNT,
  NET_USER_TIMEOUT,
  NET_SYNCNT,
  NET_LINGER,
  NET_RCVBUF,
  NET_SNDBUF,
  NET_TOS,
  NET_FASTOPEN_CONNECT,
  NET_QUICKACK,
  NET_REUSEADDR,
  NET_OOBINLINE,
  NET_REUSEPORT,
  NET_BIND_ADDRESS_NO_PORT,
  NET_OPTION_COUNT
};

#define NET_LINGER_OFF INT64_C(0x80000000)

enum { NET_MAX_EVENTS = 256 };

/* Transport.MOST_AWAITED */
enum { NET_MAX_AWAITED = 16 };

struct net_address {
  uint8_t bytes[16];
  int length; /* 4 or 16 */
  uint32_t scope_id;
  int port;
};

/* net_socket.c */
int net_self_check(void);
int net_socket(bool ipv6);
int net_bind(int fd, const struct net_address *address);
int net_connect_start(int fd, const struct net_address *address);
int net_connect_await(int fd, int64_t limit_nanos);
int net_shutdown(int fd, int how);
int net_close(int fd);

/* net_io.c */
enum net_direction { NET_RECEIVE, NET_SEND };
int net_transfer(enum net_direction direction, int fd, void *bytes, int length, int64_t deadline,
                 int mode);
int net_set_limit(enum net_direction direction, int fd, int64_t limit_nanos);
int net_send_urgent(int fd, uint8_t byte);
int net_available(int fd);

/* net_option.c */
int net_set_option(int fd, int option, int value);
int64_t net_get_option(int fd, int option);
int net_domain(int fd);
int net_socket_error(int fd);

/* net_poll.c */
#define NET_NO_DEADLINE INT64_MAX
struct epoll_event;
int64_t net_now(void);
int64_t net_deadline(int64_t limit_nanos);
int net_look(int fd, short events);
int net_wait(int fd, short events, int64_t deadline);
int net_wait_any(const int *fds, int count, short events, int64_t deadline);
int net_poll_idle(int fd);
int net_epoll_create(void);
int net_epoll_control(int epoll_fd, int operation, int fd, uint32_t events, uint64_t data);
int net_epoll_wait(int epoll_fd, struct epoll_event *events, int max_events, int timeout_millis);
int net_event_create(void);
int net_event_signal(int fd);
int net_event_drain(int fd);

/* net_info.c */
int net_local_address(int fd, struct net_address *out);
int net_peer_address(int fd, struct net_address *out);
int net_tcp_info(int fd, void *out, int length);
int net_source_address_check(const struct net_address *address);

/* Into sockaddr form for a socket of this family; IPv4 bytes on AF_INET6 are mapped. */
struct sockaddr_storage;
int net_encode(int family, const struct net_address *address, struct sockaddr_storage *out);

#endif
