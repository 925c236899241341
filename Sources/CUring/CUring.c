#include "CUring.h"
#include <errno.h>
#include <limits.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL,
    // No result of send().
    NOT_SENT = INT_MIN,
};

struct uring_sender {
    struct io_uring ring;
    bool is_usable;
};

static bool supports_send(struct io_uring *ring)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    bool is_supported = probe && io_uring_opcode_supported(probe, IORING_OP_SEND);
    io_uring_free_probe(probe);
    return is_supported;
}

struct uring_sender *uring_sender_new(unsigned capacity)
{
    struct uring_sender *sender = calloc(1, sizeof *sender);
    if (!sender)
        return NULL;
    int code = -io_uring_queue_init(capacity, &sender->ring, 0);
    sender->is_usable = code == 0;
    if (sender->is_usable && !supports_send(&sender->ring))
        code = EOPNOTSUPP;
    if (code != 0) {
        uring_sender_free(sender);
        errno = code;
        return NULL;
    }
    return sender;
}

void uring_sender_free(struct uring_sender *sender)
{
    if (sender && sender->is_usable)
        io_uring_queue_exit(&sender->ring);
    free(sender);
}

// A request that must not block is complete when the system call returns. So one without a result was not accepted.
static void submit(struct uring_sender *sender, struct uring_request *requests, unsigned count, const uint8_t *bytes, size_t length)
{
    for (unsigned index = 0; index < count; index++) {
        struct io_uring_sqe *entry = io_uring_get_sqe(&sender->ring);
        size_t start = requests[index].start;
        io_uring_prep_send(entry, requests[index].socket, bytes + start, length - start, FLAGS);
        io_uring_sqe_set_data64(entry, index);
    }
    int accepted;
    do
        accepted = io_uring_submit_and_wait(&sender->ring, count);
    while (accepted == -EINTR);

    struct io_uring_cqe *completion;
    unsigned head, completed = 0;
    io_uring_for_each_cqe(&sender->ring, head, completion) {
        requests[io_uring_cqe_get_data64(completion)].result = completion->res;
        completed++;
    }
    io_uring_cq_advance(&sender->ring, completed);
    if (completed == count)
        return;
    // The kernel denies the call or lacks memory. Requests that it did not accept stay in the ring, so the ring is given up.
    io_uring_queue_exit(&sender->ring);
    sender->is_usable = false;
}

bool uring_send(struct uring_sender *sender, struct uring_request *requests, unsigned count, const uint8_t *bytes, size_t length)
{
    for (unsigned index = 0; index < count; index++)
        requests[index].result = NOT_SENT;
    if (count > 1 && sender && sender->is_usable)
        submit(sender, requests, count, bytes, length);
    bool is_complete = true;
    for (unsigned index = 0; index < count; index++) {
        struct uring_request *request = &requests[index];
        size_t rest = length - request->start;
        if (request->result == NOT_SENT) {
            ssize_t sent = send(request->socket, bytes + request->start, rest, FLAGS);
            request->result = sent < 0 ? -errno : (int)sent;
        }
        is_complete = is_complete && request->result >= 0 && (size_t)request->result == rest;
    }
    return is_complete;
}
