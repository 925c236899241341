#define _GNU_SOURCE 1
#include "CLinux.h"
#include <string.h>
#include <sys/uio.h>

void linux_name_thread(const char *name)
{
    pthread_setname_np(pthread_self(), name);
}

int linux_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_length)
{
    *peer_length = sizeof *peer;
    return accept4(listener, (struct sockaddr *)peer, peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int linux_receive(int descriptor, struct linux_datagram *datagrams, unsigned count)
{
    struct mmsghdr messages[LINUX_DATAGRAM_BATCH];
    struct iovec places[LINUX_DATAGRAM_BATCH];
    if (count > LINUX_DATAGRAM_BATCH)
        count = LINUX_DATAGRAM_BATCH;
    memset(messages, 0, count * sizeof messages[0]);
    for (unsigned i = 0; i < count; i++) {
        places[i].iov_base = datagrams[i].bytes;
        places[i].iov_len = datagrams[i].capacity;
        messages[i].msg_hdr.msg_iov = &places[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &datagrams[i].source;
        messages[i].msg_hdr.msg_namelen = sizeof datagrams[i].source;
    }
    int received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT, NULL);
    for (int i = 0; i < received; i++) {
        datagrams[i].length = messages[i].msg_len;
        datagrams[i].truncated = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        datagrams[i].source_length = messages[i].msg_hdr.msg_namelen;
    }
    return received;
}
