/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEER_H
#define PEER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * A client greets with one of these and, but for the last three, the size of its messages as four
 * bytes in network order. The server answers 'y', or 'n' where it was refused the priority.
 */
enum mode {
  MODE_READY = 'R', /* the server runs before the client's send returns: the answer is there */
  MODE_WAIT = 'W',  /* the server runs when the client waits: the answer is never there */
  MODE_CROWD = 'C', /* one thread serves all connections of this mode */
  MODE_PLAIN = 'P', /* as a crowd, but there is no answer to the greeting: that costs a round trip */
  MODE_BYTE = '1',  /* this byte is all; the client closes */
  MODE_SYNC = 'S',  /* this byte is all; answered when all earlier connections are done with */
};

enum { GREETING_BYTES = 5, LARGEST_MESSAGE = 1 << 20 };

static inline void check(bool ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

/* False at the end of the connection. */
static inline bool receive_exactly(int fd, char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = recv(fd, bytes, length, 0);
    if (count <= 0) {
      return false;
    }
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}

static inline bool send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}

#endif
