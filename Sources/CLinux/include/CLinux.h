// What Swift's Glibc module does not show of Linux: epoll, signalfd, eventfd, accept4, recvmmsg and friends.
// Function-like macros and variadic calls that we use get an inline function of their own below.
#ifndef CLINUX_H
#define CLINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// Names the calling thread, as `top -H` and the journal show it (15 characters at most).
static inline void linux_name_thread(const char *name)
{
    pthread_setname_np(pthread_self(), name);
}

#endif
