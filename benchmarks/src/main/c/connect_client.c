/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under new connections: connect_client PORT FORM SECONDS. Connects, sends one byte,
 * closes. "bare" calls socket, connect, send and close, and nothing else; "options" sets what
 * Trunkline sets by default as well; "exchange" is that with 64 bytes sent and received in the
 * place of the one. Prints, for one connection, the time and the CPU time in nanoseconds and how
 * often it waited.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* As ConnectClose does, and for the same reasons. */
enum { CATCH_UP_EVERY = 200 };

enum { MESSAGE_BYTES = 64, READ_LIMIT_SECONDS = 10 };

enum form { BARE, OPTIONS, EXCHANGE, FORMS };
static const char *const names[] = {"bare", "options", "exchange"};

static struct sockaddr_in server;

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long waits(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

static void set(int fd, int level, int name, int value) {
  check(setsockopt(fd, level, name, &value, sizeof value) == 0, "setsockopt");
}

static void set_options_before_connect(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

static int connect_with(bool options) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0, "socket");
  if (options) {
    set_options_before_connect(fd);
  }
  check(connect(fd, (struct sockaddr *)&server, sizeof server) == 0, "connect");
  if (options) {
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000); /* earlier it would change the handshake */
  }
  return fd;
}

static void connect_send_close(bool options) {
  char byte = MODE_BYTE;
  int fd = connect_with(options);
  check(send_all(fd, &byte, 1), "send");
  check(close(fd) == 0, "close");
}

static void connect_exchange_close(void) {
  const struct timeval limit = {.tv_sec = READ_LIMIT_SECONDS};
  char bytes[1 + MESSAGE_BYTES] = {MODE_PLAIN};
  int fd = connect_with(true);
  check(send_all(fd, bytes, sizeof bytes), "send");
  check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
  check(receive_exactly(fd, bytes, MESSAGE_BYTES), "receive");
  check(close(fd) == 0, "close");
}

/* Waits until the server has accepted and closed all earlier connections. */
static void catch_up(void) {
  char byte = MODE_SYNC;
  int fd = connect_with(false);
  check(send_all(fd, &byte, 1), "send");
  check(receive_exactly(fd, &byte, 1) && byte == 'y', "catching up");
  close(fd);
}

static void connect_once(enum form form) {
  if (form == EXCHANGE) {
    connect_exchange_close();
  } else {
    connect_send_close(form == OPTIONS);
  }
}

static long connect_for(enum form form, double seconds) {
  long connections = 0;
  double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  do {
    for (int i = 0; i < CATCH_UP_EVERY; i++) {
      connect_once(form);
    }
    if (form != EXCHANGE) { /* an answer shows that the server has caught up */
      catch_up();
    }
    connections += CATCH_UP_EVERY;
  } while (seconds_of(CLOCK_MONOTONIC) < end);
  return connections;
}

int main(int argc, char **argv) {
  enum form form = BARE;
  while (argc == 4 && form < FORMS && strcmp(argv[2], names[form]) != 0) {
    form++;
  }
  if (argc != 4 || form == FORMS) {
    fprintf(stderr, "usage: connect_client PORT bare|options|exchange SECONDS\n");
    return 2;
  }
  double seconds = atof(argv[3]);
  server = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

  connect_for(form, seconds / 4); /* warm caches */
  double start = seconds_of(CLOCK_MONOTONIC);
  double cpu_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  long waits_start = waits();
  long connections = connect_for(form, seconds);
  double elapsed = seconds_of(CLOCK_MONOTONIC) - start;
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  printf("%.1f %.1f %.3f\n", elapsed / (double)connections * 1e9, cpu / (double)connections * 1e9,
         (double)(waits() - waits_start) / (double)connections);
  return 0;
}
