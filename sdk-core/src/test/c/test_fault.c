/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each function of net_*.c once as it is, to see which system calls it makes; then again and again,
 * with each of these calls failing with each error: the result is that error, or what the rules
 * below say, and no descriptor is left open.
 */
#include "check.h"
#include "fault.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const int errors[] = {
    EPERM,      EINTR,        EIO,           EBADF,       EAGAIN,       ENOMEM,       EACCES,
    EFAULT,     EINVAL,       ENFILE,        EMFILE,      ENOSPC,       EPIPE,        EMSGSIZE,
    EPROTO,     ENOPROTOOPT,  EOPNOTSUPP,    EAFNOSUPPORT, EADDRINUSE,  EADDRNOTAVAIL, ENETDOWN,
    ENETUNREACH, ENETRESET,   ECONNABORTED,  ECONNRESET,  ENOBUFS,      EISCONN,      ENOTCONN,
    ETIMEDOUT,  ECONNREFUSED, EHOSTUNREACH,  EALREADY,    EINPROGRESS};

static struct {
  int pass;
  int error;
  int failed;
  int64_t result;
} now;

#define FAULTY(call)                                 \
  do {                                               \
    fault_arm(NULL, now.pass, 1, now.error, true);   \
    now.result = (call);                             \
    now.failed = fault_disarm();                     \
  } while (0)

/* ---- what is called; each leaves the result of one call ---- */

static void self_check(void) {
  FAULTY(net_self_check());
}

static void close_opened(void) {
  if (now.result >= 0) {
    net_close((int)now.result);
    now.result = 0;
  }
}

static void ipv4_socket(void) {
  FAULTY(net_socket(false));
  close_opened();
}

static void ipv6_socket(void) {
  FAULTY(net_socket(true));
  close_opened();
}

static void binding(void) {
  struct net_address any = v4_loopback(0);
  int fd = net_socket(false);
  FAULTY(net_bind(fd, &any));
  net_close(fd);
}

static void connecting(int fd) {
  int port;
  int listening = listener(1, &port);
  struct net_address address = v4_loopback(port);
  FAULTY(net_connect_start(fd, &address));
  close(fd);
  net_close(listening);
}

static void connect_start(void) {
  connecting(net_socket(false));
}

static void connect_start_dual_stack(void) {
  connecting(net_socket(true));
}

/* Established at once, as with Fast Open. */
static void connect_start_at_once(void) {
  connecting(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/* Without the look of net_connect_start(), which on the same host finds the answer. */
static void begin_connect(int fd, int port) {
  struct sockaddr_in name = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  CHECK(connect(fd, (struct sockaddr *)&name, sizeof name) < 0 && errno == EINPROGRESS);
}

static void connect_await(void) {
  int port;
  int listening = listener(1, &port);
  int fd = net_socket(false);
  begin_connect(fd, port);
  FAULTY(net_connect_await(fd, 1000 * MILLIS));
  net_close(fd);
  net_close(listening);
}

static void connect_await_refused(void) {
  int port;
  net_close(listener(1, &port));
  int fd = net_socket(false);
  begin_connect(fd, port);
  FAULTY(net_connect_await(fd, 1000 * MILLIS));
  net_close(fd);
}

/* Somebody else has read SO_ERROR: only the missing peer name tells. */
static void connect_await_hung_up(void) {
  int fd = net_socket(false);
  FAULTY(net_connect_await(fd, 1000 * MILLIS));
  net_close(fd);
}

static void wait_any(void) {
  int fd = net_socket(false);
  FAULTY(net_wait_any(&fd, 1, POLLOUT, net_deadline(1000 * MILLIS)));
  net_close(fd);
}

static void shutting_down(void) {
  int client, server;
  connected_pair(&client, &server);
  FAULTY(net_shutdown(client, SHUT_WR));
  net_close(client);
  net_close(server);
}

static void closing(void) {
  int fd = net_socket(false);
  FAULTY(net_close(fd));
}

static void transfer(enum net_direction direction, int64_t limit, int mode, bool ready) {
  int client, server;
  char byte = 'x';
  connected_pair(&client, &server);
  if (ready && direction == NET_RECEIVE) {
    CHECK_EQ(send(server, &byte, 1, MSG_NOSIGNAL), 1);
  }
  int64_t deadline = limit < 0 ? NET_NO_DEADLINE : net_deadline(limit);
  FAULTY(net_transfer(direction, client, &byte, 1, deadline, mode));
  net_close(client);
  net_close(server);
}

static void receive_blocking(void) {
  transfer(NET_RECEIVE, -1, NET_BLOCKING, true);
}

static void receive_limited(void) {
  transfer(NET_RECEIVE, 1000 * MILLIS, NET_BLOCKING, true);
}

static void receive_polled(void) {
  transfer(NET_RECEIVE, 1000 * MILLIS, NET_POLLED, true);
}

static void receive_once(void) {
  transfer(NET_RECEIVE, -1, NET_NEVER_WAIT, true);
}

/* Long enough for a busy machine, and valgrind, to come to the wait before it is over. */
static void receive_nothing(void) {
  transfer(NET_RECEIVE, 10 * MILLIS, NET_POLLED, false);
}

static void send_blocking(void) {
  transfer(NET_SEND, -1, NET_BLOCKING, true);
}

static void send_limited(void) {
  transfer(NET_SEND, 1000 * MILLIS, NET_BLOCKING, true);
}

static void send_polled(void) {
  transfer(NET_SEND, 1000 * MILLIS, NET_POLLED, true);
}

static void send_once(void) {
  transfer(NET_SEND, -1, NET_NEVER_WAIT, true);
}

static void on_pair(int (*call)(int)) {
  int client, server;
  connected_pair(&client, &server);
  FAULTY(call(client));
  net_close(client);
  net_close(server);
}

static int receive_limit(int fd) {
  return net_set_limit(NET_RECEIVE, fd, 1000 * MILLIS);
}

static int urgent(int fd) {
  return net_send_urgent(fd, 'u');
}

static int no_delay(int fd) {
  return net_set_option(fd, NET_NODELAY, 1);
}

static int linger_off(int fd) {
  return net_set_option(fd, NET_LINGER, -1);
}

static int no_delay_read(int fd) {
  return net_get_option(fd, NET_NODELAY) < 0 ? -errno : 0;
}

static int linger_read(int fd) {
  return net_get_option(fd, NET_LINGER) < 0 ? -errno : 0;
}

static int local_name(int fd) {
  struct net_address name;
  return net_local_address(fd, &name);
}

static int peer_name(int fd) {
  struct net_address name;
  return net_peer_address(fd, &name);
}

static int tcp_info(int fd) {
  char info[104];
  int filled = net_tcp_info(fd, info, sizeof info);
  return filled < 0 ? filled : 0;
}

static void limit(void) {
  on_pair(receive_limit);
}

static void send_urgent(void) {
  on_pair(urgent);
}

static void available(void) {
  on_pair(net_available);
}

static void set_switch(void) {
  on_pair(no_delay);
}

static void set_linger(void) {
  on_pair(linger_off);
}

static void get_switch(void) {
  on_pair(no_delay_read);
}

static void get_linger(void) {
  on_pair(linger_read);
}

static void socket_error(void) {
  on_pair(net_socket_error);
}

static void poll_idle(void) {
  on_pair(net_poll_idle);
}

static void local(void) {
  on_pair(local_name);
}

static void peer(void) {
  on_pair(peer_name);
}

static void info(void) {
  on_pair(tcp_info);
}

static void set_tos(void) {
  int fd = net_socket(has_ipv6());
  FAULTY(net_set_option(fd, NET_TOS, 0x10));
  net_close(fd);
}

static void epoll_create_one(void) {
  FAULTY(net_epoll_create());
  close_opened();
}

static void epoll_control(void) {
  int epoll = net_epoll_create();
  int event = net_event_create();
  FAULTY(net_epoll_control(epoll, EPOLL_CTL_ADD, event, EPOLLIN, 1));
  net_close(event);
  net_close(epoll);
}

static void epoll_waiting(void) {
  struct epoll_event events[1];
  int epoll = net_epoll_create();
  FAULTY(net_epoll_wait(epoll, events, 1, 0));
  net_close(epoll);
}

static void event_create(void) {
  FAULTY(net_event_create());
  close_opened();
}

static void event_signal(void) {
  int event = net_event_create();
  FAULTY(net_event_signal(event));
  net_close(event);
}

static void event_drain(void) {
  int event = net_event_create();
  CHECK_EQ(net_event_signal(event), 0);
  FAULTY(net_event_drain(event));
  net_close(event);
}

static void source_address(void) {
  struct net_address address = v4_loopback(9);
  FAULTY(net_source_address_check(&address));
}

/* ---- the rules: what is not passed on as it is ---- */

enum { ANY = -1 };

static const struct {
  void (*run)(void); /* NULL = all */
  const char *call;
  int error;            /* ANY = all */
  int64_t expected;
} rules[] = {
    /* Nothing can be done about it, and the number is free. */
    {closing, "close", EINTR, 0},
    {self_check, "close", ANY, 0},
    {source_address, "close", ANY, 0},
    {binding, "setsockopt", ENOPROTOOPT, 0}, /* an older kernel: a bind without the refinement */
    /* The handshake goes on, and on the same host it is done by the time of the look. */
    {connect_start, "connect", EINTR, 0},
    {connect_start, "connect", EALREADY, 0},
    {connect_start, "connect", EINPROGRESS, 0},
    {connect_start_dual_stack, "connect", EINTR, 0},
    {connect_start_dual_stack, "connect", EALREADY, 0},
    {connect_start_dual_stack, "connect", EINPROGRESS, 0},
    {connect_start_at_once, "connect", EINTR, 0},
    {connect_start_at_once, "connect", EALREADY, 0},
    {connect_start_at_once, "connect", EINPROGRESS, 0},
    {connect_start, "poll", EINTR, 0},
    {connect_start_dual_stack, "poll", EINTR, 0},
    /* The kernel refused the short name; what family it is cannot be asked. */
    {connect_start_dual_stack, "getsockopt", ANY, -EINVAL},
    {connect_await_hung_up, "getpeername", ENOTCONN, -ECONNABORTED},
    /* A signal begins no wait anew, and ends none; where nothing waits it is as "not now". */
    {connect_await, "ppoll", EINTR, 0},
    {connect_await_refused, "ppoll", EINTR, -ECONNREFUSED},
    {connect_await_hung_up, "ppoll", EINTR, -ECONNABORTED},
    {wait_any, "ppoll", EINTR, 1},
    {poll_idle, "poll", EINTR, 0},
    {epoll_waiting, "epoll_wait", EINTR, 0},
    {receive_nothing, "ppoll", EINTR, -EAGAIN},
    {NULL, "recv", EINTR, 1},
    {NULL, "send", EINTR, 1},
    {event_signal, "write", EINTR, 0},
    {event_drain, "read", EINTR, 0},
    /* "Not now" is waited for where waiting is wanted. */
    {receive_once, "recv", EALREADY, -EAGAIN},
    {receive_once, "recv", EINPROGRESS, -EAGAIN},
    {receive_once, "recv", EAGAIN, -EAGAIN},
    {send_once, "send", EALREADY, -EAGAIN},
    {send_once, "send", EINPROGRESS, -EAGAIN},
    {send_once, "send", EAGAIN, -EAGAIN},
    {NULL, "recv", EAGAIN, 1},
    {NULL, "recv", EALREADY, 1},
    {NULL, "recv", EINPROGRESS, 1},
    {NULL, "send", EAGAIN, 1},
    {NULL, "send", EALREADY, 1},
    {NULL, "send", EINPROGRESS, 1},
    /* A full counter is a signal, an empty one is drained. */
    {event_signal, "write", EAGAIN, 0},
    {event_drain, "read", EAGAIN, 0},
};

static int64_t expected(void (*run)(void), const char *call, int error) {
  /* It tells nothing of its own but EAGAIN, and these two say the same. */
  if (run == receive_nothing && strcmp(call, "recv") == 0) {
    return error == EINTR || error == EALREADY || error == EINPROGRESS ? -EAGAIN : -error;
  }
  if (run == connect_start_dual_stack && now.pass == 0 && error == EINVAL) {
    return 0; /* as without a fault */
  }
  if (run == connect_start_dual_stack && now.pass == 0 && strcmp(call, "connect") == 0 &&
      (error == EINTR || error == EALREADY || error == EINPROGRESS)) {
    return -ECONNABORTED; /* the short name was refused: there is no handshake that goes on */
  }
  bool raw = run == self_check || run == send_urgent; /* no loop: passed on as it is */
  for (size_t i = 0; !raw && i < sizeof rules / sizeof rules[0]; i++) {
    if ((rules[i].run == run || rules[i].run == NULL) && strcmp(rules[i].call, call) == 0 &&
        (rules[i].error == error || rules[i].error == ANY)) {
      return rules[i].expected;
    }
  }
  return raw && strcmp(call, "close") == 0 ? 0 : -error;
}

static const struct {
  const char *name;
  void (*run)(void);
} scenarios[] = {
    {"self_check", self_check},
    {"ipv4_socket", ipv4_socket},
    {"ipv6_socket", ipv6_socket},
    {"binding", binding},
    {"connect_start", connect_start},
    {"connect_start_dual_stack", connect_start_dual_stack},
    {"connect_start_at_once", connect_start_at_once},
    {"connect_await", connect_await},
    {"connect_await_refused", connect_await_refused},
    {"connect_await_hung_up", connect_await_hung_up},
    {"wait_any", wait_any},
    {"shutting_down", shutting_down},
    {"closing", closing},
    {"receive_blocking", receive_blocking},
    {"receive_limited", receive_limited},
    {"receive_polled", receive_polled},
    {"receive_once", receive_once},
    {"receive_nothing", receive_nothing},
    {"send_blocking", send_blocking},
    {"send_limited", send_limited},
    {"send_polled", send_polled},
    {"send_once", send_once},
    {"limit", limit},
    {"send_urgent", send_urgent},
    {"available", available},
    {"set_switch", set_switch},
    {"set_linger", set_linger},
    {"set_tos", set_tos},
    {"get_switch", get_switch},
    {"get_linger", get_linger},
    {"socket_error", socket_error},
    {"poll_idle", poll_idle},
    {"local", local},
    {"peer", peer},
    {"info", info},
    {"epoll_create_one", epoll_create_one},
    {"epoll_control", epoll_control},
    {"epoll_waiting", epoll_waiting},
    {"event_create", event_create},
    {"event_signal", event_signal},
    {"event_drain", event_drain},
    {"source_address", source_address},
};

void test_fault(void) {
  int cases = 0;
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    const char *calls[FAULT_CALLS];
    int count = 0;
    if (scenarios[i].run == connect_start_dual_stack && !has_ipv6()) {
      continue;
    }
    now.pass = 0;
    now.error = 0;
    scenarios[i].run();
    while ((calls[count] = fault_call(count)) != NULL) {
      count++;
    }
    CHECK(count > 0);
    for (now.pass = 0; now.pass < count; now.pass++) {
      for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
        now.error = errors[e];
        int before = open_descriptors();
        scenarios[i].run();
        int64_t wanted = expected(scenarios[i].run, calls[now.pass], now.error);
        if (now.failed != 1 || now.result != wanted || open_descriptors() != before) {
          fprintf(stderr, "%s: call %d, %s, failing with %s: %lld, not %lld; %d failed, fds %d, were %d\n",
                  scenarios[i].name, now.pass, calls[now.pass], strerrorname_np(now.error),
                  (long long)now.result, (long long)wanted, now.failed, open_descriptors(), before);
          exit(1);
        }
        cases++;
      }
    }
  }
  CHECK(cases > 1500);
  printf("   %d failing calls\n", cases);
}
