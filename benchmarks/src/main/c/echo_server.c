/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of what is no HTTP: echo_server [ADDRESS]. Prints its port on the address, which
 * is 127.0.0.1 if not given, and ends when its standard input does, or after twelve hours.
 *
 * Client and server share one CPU, so who runs first after a send decides whether the client's
 * read finds the answer. The scheduling class of the server's thread settles it: SCHED_FIFO takes
 * the CPU from the client at once, SCHED_BATCH never does. For a crowd it does not matter who is
 * first: the kernel shares as it likes.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LONGEST_RUN_SECONDS = 12 * 3600, BACKLOG = 4096, EVENTS = 256, STACK_BYTES = 128 * 1024 };

struct connection {
  int fd;
  uint32_t size;
  char mode;
};

static int crowd;

static bool run_as(int policy) {
  struct sched_param parameter = {.sched_priority = policy == SCHED_FIFO ? 1 : 0};
  return pthread_setschedparam(pthread_self(), policy, &parameter) == 0;
}

static void *echo(void *argument) {
  struct connection connection = *(struct connection *)argument;
  free(argument);
  bool granted = run_as(connection.mode == MODE_READY ? SCHED_FIFO : SCHED_BATCH);
  char *bytes = malloc(connection.size);
  if (bytes != NULL && send_all(connection.fd, granted ? "y" : "n", 1)) {
    while (receive_exactly(connection.fd, bytes, connection.size) &&
           send_all(connection.fd, bytes, connection.size)) {
    }
  }
  free(bytes);
  close(connection.fd);
  return NULL;
}

/* Bytes go back as they come: the messages of a crowd are small enough to come whole. */
static void *echo_crowd(void *unused) {
  static char bytes[64 * 1024];
  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(crowd, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
      bool ended = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
      if (ended || (count > 0 && !send_all(fd, bytes, (size_t)count))) {
        close(fd);
      }
    }
  }
  return unused;
}

static bool start(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  bool started = pthread_create(&thread, &attributes, body, argument) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

static bool join_crowd(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  return epoll_ctl(crowd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Keeps the connection open, or returns false. */
static bool welcome(int fd, const char *greeting) {
  uint32_t size;
  memcpy(&size, greeting + 1, sizeof size);
  size = ntohl(size);
  if (size == 0 || size > LARGEST_MESSAGE) {
    return false;
  }
  if (greeting[0] == MODE_CROWD) {
    return send_all(fd, "y", 1) && join_crowd(fd);
  }
  struct connection *connection = malloc(sizeof *connection);
  if (connection == NULL) {
    return false;
  }
  *connection = (struct connection){.fd = fd, .size = size, .mode = greeting[0]};
  if (!start(echo, connection)) {
    free(connection);
    return false;
  }
  return true;
}

static void *accept_all(void *argument) {
  int listener = *(int *)argument;
  run_as(SCHED_BATCH);
  for (;;) {
    char greeting[GREETING_BYTES];
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
      check(errno != EBADF && errno != EINVAL, "accept");
      continue;
    }
    bool kept = false;
    if (receive_exactly(fd, greeting, 1)) {
      if (greeting[0] == MODE_BYTE || greeting[0] == MODE_SYNC) {
        if (greeting[0] == MODE_SYNC) {
          send_all(fd, "y", 1);
        }
        receive_exactly(fd, greeting, 1); /* until the client has closed */
      } else if (greeting[0] == MODE_PLAIN) {
        kept = join_crowd(fd);
      } else if (receive_exactly(fd, greeting + 1, GREETING_BYTES - 1)) {
        kept = welcome(fd, greeting);
      }
    }
    if (!kept) {
      close(fd);
    }
  }
  return NULL;
}

static int listen_on(const char *address) {
  const int on = 1;
  /* Closing resets the connection, so the client's port is free at once: no TIME_WAIT. */
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  struct sockaddr_in name = {.sin_family = AF_INET};
  socklen_t length = sizeof name;
  check(inet_pton(AF_INET, address, &name.sin_addr) == 1, address);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(listener >= 0, "socket");
  /* Accepted connections inherit both. */
  check(setsockopt(listener, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0, "SO_LINGER");
  check(setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  check(bind(listener, (struct sockaddr *)&name, length) == 0, "bind");
  check(listen(listener, BACKLOG) == 0, "listen");
  check(getsockname(listener, (struct sockaddr *)&name, &length) == 0, "getsockname");
  printf("%d\n", ntohs(name.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  struct rlimit descriptors;
  char ignored;
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  alarm(LONGEST_RUN_SECONDS);
  crowd = epoll_create1(EPOLL_CLOEXEC);
  check(crowd >= 0, "epoll_create1");
  int listener = listen_on(argc > 1 ? argv[1] : "127.0.0.1");
  check(start(echo_crowd, NULL) && start(accept_all, &listener), "pthread_create");
  while (read(STDIN_FILENO, &ignored, 1) > 0) {
  }
  return 0;
}
