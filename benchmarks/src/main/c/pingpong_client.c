/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under TransportPingPong: pingpong_client PORT MODE BYTES SECONDS. Prints, for one
 * exchange, the time and the CPU time in nanoseconds and how often it waited.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { EXCHANGES_PER_LOOK = 64 };

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

static int connect_to(int port) {
  const int on = 1;
  struct sockaddr_in name = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0, "socket");
  check(connect(fd, (struct sockaddr *)&name, sizeof name) == 0, "connect");
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  return fd;
}

static long exchange_for(int fd, char *bytes, size_t size, double seconds) {
  long exchanges = 0;
  double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  do {
    for (int i = 0; i < EXCHANGES_PER_LOOK; i++) {
      check(send_all(fd, bytes, size), "send");
      check(receive_exactly(fd, bytes, size), "recv");
    }
    exchanges += EXCHANGES_PER_LOOK;
  } while (seconds_of(CLOCK_MONOTONIC) < end);
  return exchanges;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: pingpong_client PORT MODE BYTES SECONDS\n");
    return 2;
  }
  char mode = argv[2][0];
  uint32_t size = (uint32_t)atoi(argv[3]);
  double seconds = atof(argv[4]);
  char *bytes = calloc(1, size);
  check(bytes != NULL && size > 0 && size <= LARGEST_MESSAGE, "BYTES");

  int fd = connect_to(atoi(argv[1]));
  char greeting[GREETING_BYTES] = {mode};
  char granted = 0;
  uint32_t size_on_wire = htonl(size);
  memcpy(greeting + 1, &size_on_wire, sizeof size_on_wire);
  check(send_all(fd, greeting, sizeof greeting), "greeting");
  check(receive_exactly(fd, &granted, 1), "welcome");
  if (granted != 'y') {
    fprintf(stderr, "the server may not run at real-time priority: run it as root\n");
    return 1;
  }

  exchange_for(fd, bytes, size, seconds / 4); /* warm caches */
  double start = seconds_of(CLOCK_MONOTONIC);
  double cpu_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  long waits_start = waits();
  long exchanges = exchange_for(fd, bytes, size, seconds);
  double elapsed = seconds_of(CLOCK_MONOTONIC) - start;
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  printf("%.1f %.1f %.3f\n", elapsed / (double)exchanges * 1e9, cpu / (double)exchanges * 1e9,
         (double)(waits() - waits_start) / (double)exchanges);
  return 0;
}
