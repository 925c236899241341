#define _GNU_SOURCE 1
#include "CLinux.h"
#include <link.h>
#include <net/if.h>
#include <linux/sock_diag.h>
#include <linux/wireless.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <unistd.h>

void linux_name_thread(const char *name)
{
    pthread_setname_np(pthread_self(), name);
}

int linux_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_length)
{
    *peer_length = sizeof *peer;
    return accept4(listener, (struct sockaddr *)peer, peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t linux_send(int socket, const void *bytes, size_t length)
{
    return syscall(SYS_sendto, socket, bytes, length, MSG_NOSIGNAL, NULL, 0);
}

// The message headers are reused; only the fields that the kernel writes are restored. Preparing all of them for each
// call would cost more than receiving one datagram.
struct linux_datagrams {
    unsigned count;
    unsigned received;
    size_t capacity;
    struct mmsghdr *messages;
    struct iovec *places;
    struct sockaddr_storage *sources;
    uint8_t *bytes;
};

struct linux_datagrams *linux_datagrams_new(unsigned count, size_t capacity)
{
    struct linux_datagrams *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->count = count;
    batch->capacity = capacity;
    batch->messages = calloc(count, sizeof *batch->messages);
    batch->places = calloc(count, sizeof *batch->places);
    batch->sources = calloc(count, sizeof *batch->sources);
    batch->bytes = malloc(count * capacity);
    if (!batch->messages || !batch->places || !batch->sources || !batch->bytes) {
        linux_datagrams_free(batch);
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        batch->places[i].iov_base = batch->bytes + i * capacity;
        batch->places[i].iov_len = capacity;
        batch->messages[i].msg_hdr.msg_iov = &batch->places[i];
        batch->messages[i].msg_hdr.msg_iovlen = 1;
        batch->messages[i].msg_hdr.msg_name = &batch->sources[i];
        batch->messages[i].msg_hdr.msg_namelen = sizeof batch->sources[i];
    }
    return batch;
}

void linux_datagrams_free(struct linux_datagrams *batch)
{
    free(batch->messages);
    free(batch->places);
    free(batch->sources);
    free(batch->bytes);
    free(batch);
}

int linux_datagrams_receive(struct linux_datagrams *batch, int descriptor)
{
    // Restore the lengths that the kernel has overwritten.
    for (unsigned i = 0; i < batch->received; i++)
        batch->messages[i].msg_hdr.msg_namelen = sizeof batch->sources[i];
    int received = recvmmsg(descriptor, batch->messages, batch->count, MSG_DONTWAIT, NULL);
    batch->received = received > 0 ? (unsigned)received : 0;
    return received;
}

struct linux_datagram linux_datagrams_at(struct linux_datagrams *batch, unsigned index)
{
    struct msghdr *header = &batch->messages[index].msg_hdr;
    struct linux_datagram datagram = {
        .bytes = batch->bytes + index * batch->capacity,
        .length = batch->messages[index].msg_len,
        .truncated = (header->msg_flags & MSG_TRUNC) != 0,
        .source = &batch->sources[index],
        .source_length = header->msg_namelen,
    };
    return datagram;
}

uint32_t linux_socket_drops(int descriptor)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof memory;
    return getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, memory, &length) == 0 ? memory[SK_MEMINFO_DROPS] : 0;
}

long linux_clock_error_microseconds(void) {
    struct timex clock = {0};
    return adjtimex(&clock) != TIME_ERROR && !(clock.status & STA_UNSYNC) ? clock.maxerror : -1;
}

int linux_network_name(const char *interface, char *name, size_t capacity)
{
    struct iwreq request = {0};
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    char found[IW_ESSID_MAX_SIZE + 1] = {0};
    request.u.essid.pointer = found;
    request.u.essid.length = sizeof found;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return 0;
    int result = ioctl(descriptor, SIOCGIWESSID, &request);
    close(descriptor);
    if (result < 0 || request.u.essid.flags == 0)
        return 0;
    size_t length = request.u.essid.length < capacity ? request.u.essid.length : capacity;
    memcpy(name, found, length);
    return (int)length;
}

static _Atomic int64_t clock_offset;

int64_t linux_clock_offset(void)
{
    return atomic_load_explicit(&clock_offset, memory_order_relaxed);
}

void linux_set_clock_offset(int64_t nanoseconds)
{
    atomic_store_explicit(&clock_offset, nanoseconds, memory_order_relaxed);
}

// Only segments that are never written: the pages of a writable one carry relocations that the file does not have.
static int release_segments(struct dl_phdr_info *object, size_t size, void *context)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
            continue;
        uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (end > begin)
            madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

size_t linux_free_heap_bytes(void)
{
    return mallinfo2().fordblks;
}

void linux_keep_free_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

void linux_release_free_memory(void)
{
    malloc_trim(0);
}

void linux_release_startup_memory(void)
{
    dl_iterate_phdr(release_segments, NULL);
    malloc_trim(0);
}
