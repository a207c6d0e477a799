// SPDX-License-Identifier: Apache-2.0
// What `import Glibc` leaves out. No C is compiled: everything here is a declaration or an inline function.
// Do not define _GNU_SOURCE: it would make this module's fd_set differ from the one in Glibc.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
