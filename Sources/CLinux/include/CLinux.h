// What Swift's Glibc module does not show of Linux: epoll, signalfd, eventfd, and what glibc hides behind _GNU_SOURCE.
//
// The header itself must not define _GNU_SOURCE: then the same system structs would look different here and in the
// toolchain's own modules, and no file could import both. What needs it is called from CLinux.c.
#ifndef CLINUX_H
#define CLINUX_H

#include <arpa/inet.h>
#include <fcntl.h>
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

/// Names the calling thread, as `top -H` and the journal show it (15 characters at most).
void linux_name_thread(const char *name);

/// accept4() with SOCK_NONBLOCK and SOCK_CLOEXEC.
int linux_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_length);

/// One datagram that was received: as long as the batch lives and receives nothing else.
struct linux_datagram {
    const uint8_t *bytes;
    size_t length;
    int truncated;
    const struct sockaddr_storage *source;
    socklen_t source_length;
};

/// Memory for the datagrams that one system call takes.
struct linux_datagrams;

/// Room for `count` datagrams of up to `capacity` bytes; longer ones are truncated. NULL without memory.
struct linux_datagrams *linux_datagrams_new(unsigned count, size_t capacity);
void linux_datagrams_free(struct linux_datagrams *batch);

/// Takes the waiting datagrams in one system call, without blocking. Returns how many, or -1 with errno.
int linux_datagrams_receive(struct linux_datagrams *batch, int descriptor);

/// One of those that were received last. To be asked for each of them, once.
struct linux_datagram linux_datagrams_at(struct linux_datagrams *batch, unsigned index);

/// Bluetooth, as the kernel's sockets know it: AF_BLUETOOTH, its protocols, and the fixed L2CAP channel of the Attribute
/// Protocol. No library is needed for these few.
enum { LINUX_AF_BLUETOOTH = 31, LINUX_BTPROTO_L2CAP = 0, LINUX_L2CAP_CID_ATT = 4 };
/// The management of all adapters is one channel of the HCI sockets, bound to none of them.
enum { LINUX_BTPROTO_HCI = 1, LINUX_HCI_CHANNEL_CONTROL = 3, LINUX_HCI_NO_DEVICE = 0xFFFF };

/// The address of an HCI socket.
struct linux_hci_address {
    sa_family_t family;
    uint16_t device;
    uint16_t channel;
};

/// Switches an adapter off and on again, past its management. It may take many seconds. 0, or an error number.
int linux_reset_adapter(uint16_t number);

/// The address of an L2CAP socket. Numbers are little-endian, and so is the device's address.
struct linux_l2cap_address {
    sa_family_t family;
    uint16_t psm;
    uint8_t device[6];
    uint16_t cid;
    uint8_t kind;
};

/// Whether somebody keeps the system's clock right.
int linux_clock_is_synchronised(void);

#endif
