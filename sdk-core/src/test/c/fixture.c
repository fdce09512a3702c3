/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct net_address v4_loopback(int port) {
  return (struct net_address){.bytes = {127, 0, 0, 1}, .length = 4, .port = port};
}

struct net_address v6_loopback(int port) {
  return (struct net_address){.bytes = {[15] = 1}, .length = 16, .port = port};
}

bool has_ipv6(void) {
  struct net_address any = v6_loopback(0);
  int fd = net_socket(true);
  bool bound = fd >= 0 && net_bind(fd, &any) == 0;
  if (fd >= 0) {
    net_close(fd);
  }
  return bound;
}

int listener(int backlog, int *port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(fd >= 0);
  CHECK_EQ(bind(fd, (struct sockaddr *)&name, length), 0);
  CHECK_EQ(listen(fd, backlog), 0);
  CHECK_EQ(getsockname(fd, (struct sockaddr *)&name, &length), 0);
  *port = ntohs(name.sin_port);
  return fd;
}

void connected_pair(int *client, int *server) {
  int port;
  int listening = listener(1, &port);
  struct net_address address = v4_loopback(port);
  *client = net_socket(false);
  int result = net_connect_start(*client, &address);
  if (result == NET_STILL_CONNECTING) {
    result = net_connect_await(*client, 1000 * MILLIS);
  }
  CHECK_EQ(result, 0);
  *server = accept(listening, NULL, NULL);
  CHECK(*server >= 0);
  /* Fixed sizes: a buffer that the kernel tunes is never full for good. */
  for (int option = NET_RCVBUF; option <= NET_SNDBUF; option++) {
    CHECK_EQ(net_set_option(*client, option, 131072), 0);
    CHECK_EQ(net_set_option(*server, option, 131072), 0);
  }
  net_close(listening);
}

/* Until nothing went for 250 ms: window probes move a few more bytes at first. */
void fill_send_buffer(int fd) {
  char bytes[4096] = {0};
  bool moved;
  do {
    moved = false;
    while (net_transfer(NET_SEND, fd, bytes, sizeof bytes, NET_NO_DEADLINE, NET_NEVER_WAIT) > 0) {
      moved = true;
    }
    usleep(250000);
  } while (moved);
}

static pthread_t thread;
static struct {
  int millis, fd;
  int (*action)(int);
} task;

static void *run_task(void *unused) {
  sigset_t alarm; /* signals are for the thread under test */
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, NULL);
  usleep((useconds_t)task.millis * 1000);
  CHECK_EQ(task.action(task.fd), 0);
  return unused;
}

int after_millis(int millis, int (*action)(int), int fd) {
  task.millis = millis;
  task.action = action;
  task.fd = fd;
  return pthread_create(&thread, NULL, run_task, NULL);
}

void join_after(void) {
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

static volatile sig_atomic_t signals;

static void on_signal(int number) {
  (void)number;
  signals++;
}

void signals_every_10_millis(bool on) {
  struct sigaction action;
  memset(&action, 0, sizeof action); /* no SA_RESTART */
  action.sa_handler = on_signal;
  CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
  signals = 0;
  struct itimerval timer = {{0, on ? 10000 : 0}, {0, on ? 10000 : 0}};
  CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

int signals_seen(void) {
  return signals;
}
