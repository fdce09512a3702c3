/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lets system calls fail on demand: fault.c stands before the C library, either linked into the C
 * tests or preloaded into a JVM, where only calls of libtrunkline.so are touched.
 */
#ifndef TRUNKLINE_FAULT_H
#define TRUNKLINE_FAULT_H

#include <stdbool.h>

/* Calls seen since the fault was armed, at most. */
enum { FAULT_CALLS = 256 };

/*
 * Lets calls pass, then has some fail with an error; 0 counts them only.
 * call: the name of the only one that counts, NULL for all.
 */
void fault_arm(const char *call, int pass, int times, int error, bool this_thread_only);

/* How many failed. */
int fault_disarm(void);

/* The calls since fault_arm, by order; NULL after the last. */
const char *fault_call(int index);

#endif
