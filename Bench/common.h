/* Shared by the load and attack programs: a clock, bounded numbers, local addresses.
 * Nothing here leaves the machine: parse_host accepts only the loopback and the range that RFC 2544 reserves for tests. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

static inline uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Parses a number between lo and hi, or exits: every count, rate and time is bounded. */
static inline long bounded(const char *what, const char *text, long lo, long hi)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || errno != 0 || v < lo || v > hi)
        die("%s: expected an integer from %ld to %ld, not '%s'", what, lo, hi, text);
    return v;
}

/* "HOST:PORT" at p, ending at any of stop or the string's end; returns the end. */
static inline const char *parse_host(const char *p, const char *stop, struct sockaddr_in *sa)
{
    char host[64], num[8];
    size_t hl = strcspn(p, ":");
    if (p[hl] != ':' || hl >= sizeof host)
        die("expected HOST:PORT, not '%s'", p);
    memcpy(host, p, hl);
    host[hl] = 0;
    const char *port = p + hl + 1;
    size_t pl = strcspn(port, stop);
    if (pl == 0 || pl >= sizeof num)
        die("expected a port in '%s'", p);
    memcpy(num, port, pl);
    num[pl] = 0;
    memset(sa, 0, sizeof *sa);
    sa->sin_family = AF_INET;
    sa->sin_port = htons((uint16_t)bounded("port", num, 1, 65535));
    if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &sa->sin_addr) != 1)
        die("'%s' is not an IPv4 address", host);
    uint32_t address = ntohl(sa->sin_addr.s_addr);
    if (address >> 24 != 127 && address >> 17 != (198 << 7 | 18 >> 1))
        die("'%s' is neither a loopback address nor in 198.18.0.0/15; other addresses are not allowed", host);
    return port + pl;
}

#endif
