// The parts of Linux that Swift's Glibc module lacks: epoll, signalfd, eventfd, and functions behind _GNU_SOURCE.
//
// This header must not define _GNU_SOURCE: system structs would then differ from those of the toolchain's modules, and
// no file could import both. Functions that need it are wrapped in CLinux.c.
#ifndef CLINUX_H
#define CLINUX_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// Names the calling thread (at most 15 characters), as shown by `top -H` and the journal.
void linux_name_thread(const char *name);

/// accept4() with SOCK_NONBLOCK and SOCK_CLOEXEC.
int linux_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_length);

/// send() with MSG_NOSIGNAL. That of the C library is a cancellation point, and in a process with threads each of these costs two
/// atomic operations.
ssize_t linux_send(int socket, const void *bytes, size_t length);

/// A received datagram. Valid until the batch receives again or is freed.
struct linux_datagram {
    const uint8_t *bytes;
    size_t length;
    int truncated;
    const struct sockaddr_storage *source;
    socklen_t source_length;
};

/// Buffers for the datagrams of one system call.
struct linux_datagrams;

/// Allocates buffers for `count` datagrams of `capacity` bytes; longer ones are truncated. NULL if out of memory.
struct linux_datagrams *linux_datagrams_new(unsigned count, size_t capacity);
void linux_datagrams_free(struct linux_datagrams *batch);

/// Receives the pending datagrams with one system call, without blocking. Returns their number, or -1 with errno.
int linux_datagrams_receive(struct linux_datagrams *batch, int descriptor);

/// A datagram of the last call.
struct linux_datagram linux_datagrams_at(struct linux_datagrams *batch, unsigned index);

/// How many datagrams the kernel has dropped because the socket's receive buffer was full.
uint32_t linux_socket_drops(int descriptor);

/// How far off the system clock may be; -1 if it is not synchronised (adjtimex).
long linux_clock_error_microseconds(void);

/// The name of the wireless network (at most 32 bytes) to which an interface is connected. Returns its length; 0 if the
/// interface is not wireless, or not connected.
int linux_network_name(const char *interface, char *name, size_t capacity);

/// What the gateway adds to the system's clock, in nanoseconds, for all threads.
int64_t linux_clock_offset(void);
void linux_set_clock_offset(int64_t nanoseconds);

/// Unmaps the pages of program and library code that were read so far, and returns free heap memory to the system. Code that
/// runs again is mapped again from the page cache.
void linux_release_startup_memory(void);

/// The bytes of the heap that are free, whether or not they have been returned to the system.
size_t linux_free_heap_bytes(void);

/// Lets the C library keep a few megabytes of free heap memory for the next allocations.
void linux_keep_free_memory(void);

/// Returns free heap memory to the system.
void linux_release_free_memory(void);

#endif
