// Sending to many sockets with one system call, by the kernel's io_uring (liburing).
//
// liburing's own header defines feature macros, after which system structs differ from those of the toolchain's modules. It is
// included in CUring.c only.
#ifndef CURING_H
#define CURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The part of some bytes that one socket has not received.
struct uring_request {
    int socket;
    /// How many bytes the socket accepted, or a negative error number.
    int result;
    /// Where the part begins. It extends to the end of the bytes.
    size_t start;
    /// Of the caller.
    intptr_t key;
};

struct uring_sender;

/// Prepares to send to at most `capacity` sockets at once. NULL with errno if the kernel lacks io_uring or denies it.
struct uring_sender *uring_sender_new(unsigned capacity);
void uring_sender_free(struct uring_sender *sender);

/// Sends to each socket without blocking and without SIGPIPE, and sets the results. Returns whether every socket accepted all of
/// its part. Without a sender (NULL) each socket costs a system call.
bool uring_send(struct uring_sender *sender, struct uring_request *requests, unsigned count, const uint8_t *bytes, size_t length);

#endif
