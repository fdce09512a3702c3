/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUNKLINE_CHECK_H
#define TRUNKLINE_CHECK_H

#include "net.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s:%d: %s: failed: %s\n", __FILE__, __LINE__, __func__, #condition); \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

#define CHECK_EQ(actual, expected)                                                        \
  do {                                                                                    \
    long long actual_ = (actual), expected_ = (expected);                                 \
    if (actual_ != expected_) {                                                           \
      fprintf(stderr, "%s:%d: %s: %s is %lld, not %s (%lld)\n", __FILE__, __LINE__, __func__, \
              #actual, actual_, #expected, expected_);                                    \
      exit(1);                                                                            \
    }                                                                                     \
  } while (0)

#define MILLIS INT64_C(1000000)

/* fixture.c */
struct net_address v4_loopback(int port);
struct net_address v6_loopback(int port);
bool has_ipv6(void);
int listener(int backlog, int *port);
void connected_pair(int *client, int *server); /* TCP, blocking */
void fill_send_buffer(int fd);
int after_millis(int millis, int (*action)(int), int fd); /* on another thread */
void join_after(void);
void signals_every_10_millis(bool on);
int signals_seen(void);

void test_socket(void);
void test_io(void);
void test_option(void);
void test_poll(void);
void test_info(void);
void test_fault(void);

/* main.c */
int open_descriptors(void);

#endif
