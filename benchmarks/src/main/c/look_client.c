/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under LivenessCheck: look_client PORT SECONDS. Looks with poll(2) at an idle connection
 * whether its peer lives. Prints, for one look, the time and the CPU time in nanoseconds.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>

enum { LOOKS_PER_TURN = 1024 };

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: look_client PORT SECONDS\n");
    return 2;
  }
  struct sockaddr_in name = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(argv[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char greeting = MODE_PLAIN;
  check(fd >= 0, "socket");
  check(connect(fd, (struct sockaddr *)&name, sizeof name) == 0, "connect");
  check(send_all(fd, &greeting, 1), "greeting");

  struct pollfd look = {.fd = fd, .events = POLLIN | POLLRDHUP};
  long looks = 0;
  double start = seconds_of(CLOCK_MONOTONIC);
  double cpu_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  double end = start + atof(argv[2]);
  do {
    for (int i = 0; i < LOOKS_PER_TURN; i++) {
      check(poll(&look, 1, 0) == 0, "poll");
    }
    looks += LOOKS_PER_TURN;
  } while (seconds_of(CLOCK_MONOTONIC) < end);
  double elapsed = seconds_of(CLOCK_MONOTONIC) - start;
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  printf("%.1f %.1f 0\n", elapsed / (double)looks * 1e9, cpu / (double)looks * 1e9);
  return 0;
}
