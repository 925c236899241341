/* The WebSocket clients of wsload: connecting, handshake, incoming frames and counters. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "common.h"
#include "histogram.h"
#include <openssl/ssl.h>

enum { MAX_CLIENTS = 18000, MAX_GREETINGS = 8, GREETING_MAX = 512 };

/* The behaviour of every client; filled in before clients_start. */
struct script {
    int clients;
    int stalled;                                              /* the number of clients that never read */
    int connects_at_once;
    int deflate;                                              /* offer permessage-deflate */
    struct { int opcode; size_t len; uint8_t data[GREETING_MAX]; } greeting[MAX_GREETINGS];
    int greetings;
    const char *answer_to, *answer;                           /* a text message, and the reply to it */
    char request[4096];                                       /* the handshake */
    char stamp_key[80];                                       /* "\"timestamp\":" */
    struct sockaddr_in server;
    SSL_CTX *tls;                                             /* NULL for plain connections */
};

/* Results. Events are found by their timestamp; a message may contain none or several. */
struct tally {
    int ready, open, stalled, refused, closed_by_server;
    uint64_t messages, events, bytes, texts, binaries, controls, bad_frames;
    uint64_t unordered;                                       /* events older than the one before on the same connection */
    uint64_t warm_left;                                       /* events still to come before counting starts */
    uint64_t first_ns, last_ns, last_any_ns;
    struct histogram delay;
};

extern struct tally tally;

void clients_start(const struct script *s);                   /* connects all, and waits until each is open or refused */
int clients_poll(int timeout_ms);                             /* one iteration of the loop */
uint64_t client_events(int i, int *is_open);                  /* the events that client i received */
void clients_forget_events(void);

#endif
