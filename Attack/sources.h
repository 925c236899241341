/* The source addresses of an attack, and files of bytes to send. */
#ifndef ATTACK_SOURCES_H
#define ATTACK_SOURCES_H

#include "common.h"

struct sources {
    uint32_t first; /* in host order; 0: the system chooses */
    long count;
};

/* "ADDRESS+COUNT" */
static inline struct sources sources_parse(const char *text)
{
    struct sources s = {0, 1};
    char host[64];
    size_t length = strcspn(text, "+");
    struct in_addr address;
    if (length >= sizeof host)
        die("expected ADDRESS+COUNT, not '%s'", text);
    memcpy(host, text, length);
    host[length] = 0;
    if (inet_pton(AF_INET, host, &address) != 1)
        die("'%s' is not an IPv4 address", host);
    s.first = ntohl(address.s_addr);
    if (text[length])
        s.count = bounded("the number of addresses", text + length + 1, 1, 1000);
    return s;
}

/* Binds a socket to the source with this number; TCP chooses the port when it connects. */
static inline void sources_bind(const struct sources *s, int fd, long number)
{
    if (!s->first)
        return;
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(s->first + (uint32_t)(number % s->count))};
    int one = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
        die("bind: %s", strerror(errno));
}

struct bytes {
    uint8_t *data;
    size_t length;
};

static inline struct bytes read_file(const char *path)
{
    struct bytes b = {NULL, 0};
    FILE *f = fopen(path, "rb");
    if (!f)
        die("%s: %s", path, strerror(errno));
    for (size_t got = 1; got > 0 && b.length <= 64u << 20; b.length += got) {
        if (!(b.data = realloc(b.data, b.length + 65536)))
            die("out of memory");
        got = fread(b.data + b.length, 1, 65536, f);
    }
    fclose(f);
    if (b.length == 0)
        die("%s is empty", path);
    return b;
}

#endif
