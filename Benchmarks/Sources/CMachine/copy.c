// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "cmachine.h"
#include <string.h>
#include <time.h>

void c_copy(void *to, const void *from, size_t count) {
    memcpy(to, from, count);
    __asm__ volatile("" ::"r"(to) : "memory");
}

double c_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
