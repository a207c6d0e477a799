// SPDX-License-Identifier: Apache-2.0
// What `import Glibc` leaves out. No C is compiled: everything here is a declaration or an inline function.
// Do not define _GNU_SOURCE: it would make this module's fd_set differ from the one in Glibc.
#pragma once
#include <errno.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

// sched_getaffinity: a mask of so many bytes, of which it fills those that the kernel has.
extern int sched_getaffinity(pid_t process, size_t size, void *mask);
extern int pipe2(int ends[2], int flags);
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

// epoll_wait with a timeout in nanoseconds, where the C library has it (glibc 2.35); -1 and ENOSYS elsewhere.
static inline int clinux_epoll_wait_ns(int fd, struct epoll_event *events, int capacity, long long nanoseconds) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 35))
    struct timespec timeout = { nanoseconds / 1000000000, nanoseconds % 1000000000 };
    return epoll_pwait2(fd, events, capacity, &timeout, 0);
#else
    (void)fd; (void)events; (void)capacity; (void)nanoseconds;
    errno = ENOSYS;
    return -1;
#endif
}
