/* Events, and the ways to hand one to a server:
 *   udp:HOST:PORT            one datagram
 *   mqtt:HOST:PORT/TOPIC     PUBLISH, QoS 0, MQTT 3.1.1   (mosquitto)
 *   nats:HOST:PORT/SUBJECT   PUB                          (nats-server)
 *   socketio:HOST:PORT/WORKOUT/ROWSxCOLUMNS  a pressure_frame of that size, over a WebSocket of Socket.IO
 */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include "common.h"

enum { EVENT_MAX = 1500, FRAME_MAX = 32 << 10 };

struct feed {
    enum { FEED_UDP, FEED_MQTT, FEED_NATS, FEED_SOCKETIO } kind;
    int fd;
    char topic[128];
    char *frame; /* a pressure_frame up to its timestamp */
    size_t frame_length;
};

/* A heart-rate datagram as the ESP32 board sends it, except for its timestamp: the sender's CLOCK_MONOTONIC in ns.
 * pad_to > 0 fills it up with a "pad" field, for servers that forward payloads untouched. */
static inline size_t event_write(char *buf, size_t cap, uint64_t seq, uint64_t stamp, size_t pad_to)
{
    static const char open_pad[] = ",\"pad\":\"";
    int n = snprintf(buf, cap, "{\"user\":%d,\"bpm\":%d,\"timestamp\":%llu,\"signal_strength\":%d",
                     (int)(seq % 4) + 1, 60 + (int)(seq % 80), (unsigned long long)stamp,
                     -40 - (int)(seq % 30));
    size_t len = (size_t)n;
    if (pad_to > len + sizeof open_pad + 2 && pad_to < cap) {
        memcpy(buf + len, open_pad, sizeof open_pad - 1);
        len += sizeof open_pad - 1;
        while (len < pad_to - 2)
            buf[len++] = 'x';
        buf[len++] = '"';
    }
    buf[len++] = '}';
    return len;
}

static inline void feed_expect(const struct feed *f, const char *want, size_t len)
{
    char buf[8192];
    size_t have = 0;
    while (have < sizeof buf) {
        ssize_t n = recv(f->fd, buf + have, sizeof buf - have, 0);
        if (n <= 0)
            break;
        have += (size_t)n;
        if (memmem(buf, have, want, len))
            return;
    }
    die("feed: the server did not answer as expected");
}

static inline void feed_put(const struct feed *f, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = send(f->fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && f->kind == FEED_UDP && errno == ECONNREFUSED)
            return; /* the port is not open yet: the datagram is lost */
        if (n <= 0)
            die("feed: %s", strerror(errno));
        p += n;
        len -= (size_t)n;
    }
}

/* Sends a text message as a WebSocket client; a mask of zero leaves the payload as it is. */
static inline void feed_put_text(const struct feed *f, const char *text, size_t len)
{
    static char out[FRAME_MAX + 8];
    size_t n = 2;
    out[0] = (char)0x81;
    out[1] = (char)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        out[n++] = (char)(len >> 8);
        out[n++] = (char)len;
    }
    memset(out + n, 0, 4);
    memcpy(out + n + 4, text, len);
    feed_put(f, out, n + 4 + len);
}

/* Connects as a client of Socket.IO, joins the workout's session and prepares its frames. */
static inline void feed_join(struct feed *f)
{
    static const char hello[] =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char workout[65], join[128];
    int rows, columns;
    if (sscanf(f->topic, "%64[^/]/%dx%d", workout, &rows, &columns) != 3 || rows < 1 || columns < 1 || rows * columns > 4096)
        die("feed: expected WORKOUT/ROWSxCOLUMNS, not '%s'", f->topic);
    f->frame = malloc(FRAME_MAX);
    if (!f->frame)
        die("feed: out of memory");
    char *p = f->frame, *end = f->frame + FRAME_MAX - 64;
    p += snprintf(p, (size_t)(end - p), "42[\"pressure_frame\",{\"workout_id\":\"%s\",\"matrix\":[", workout);
    for (int cell = 0; cell < rows * columns; cell++)
        p += snprintf(p, (size_t)(end - p), "%s%d%s", cell % columns == 0 ? (cell == 0 ? "[" : ",[") : ",",
                      10 + cell * 7 % 13, cell % columns == columns - 1 ? "]" : "");
    p += snprintf(p, (size_t)(end - p), "],\"timestamp\":");
    f->frame_length = (size_t)(p - f->frame);
    feed_put(f, hello, sizeof hello - 1);
    feed_expect(f, "0{", 2);
    feed_put_text(f, "40", 2);
    feed_expect(f, "40{", 3);
    int n = snprintf(join, sizeof join, "42[\"join_session\",{\"workout_id\":\"%s\"}]", workout);
    feed_put_text(f, join, (size_t)n);
    feed_expect(f, "session_joined", 14);
}

/* The sender is a member of the session: it reads what the others receive, and forgets it. */
static inline void feed_send_frame(const struct feed *f, uint64_t stamp)
{
    static char read_and_forgotten[1 << 18];
    while (recv(f->fd, read_and_forgotten, sizeof read_and_forgotten, MSG_DONTWAIT) > 0) {}
    int n = snprintf(f->frame + f->frame_length, 64, "%llu}]", (unsigned long long)stamp);
    feed_put_text(f, f->frame, f->frame_length + (size_t)n);
}

static inline void feed_open(struct feed *f, const char *spec)
{
    static const char *const names[] = {"udp:", "mqtt:", "nats:", "socketio:"};
    struct sockaddr_in sa;
    int k = 0;
    while (k < 4 && strncmp(spec, names[k], strlen(names[k])) != 0)
        k++;
    if (k == 4)
        die("feed: expected udp:, mqtt:, nats: or socketio:, not '%s'", spec);
    f->kind = k;
    const char *rest = parse_host(spec + strlen(names[k]), "/", &sa);
    snprintf(f->topic, sizeof f->topic, "%s", *rest ? rest + 1 : "");
    f->fd = socket(AF_INET, (k == FEED_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (f->fd < 0 || connect(f->fd, (struct sockaddr *)&sa, sizeof sa) < 0)
        die("feed %s: %s", spec, strerror(errno));
    int one = 1;
    if (k != FEED_UDP)
        setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (k == FEED_MQTT) {
        static const char hello[] = "\x10\x11\0\4MQTT\4\2\0\0\0\5bench";
        feed_put(f, hello, sizeof hello - 1);
        feed_expect(f, "\x20\2\0\0", 4);
    } else if (k == FEED_NATS) {
        static const char hello[] = "CONNECT {\"verbose\":false}\r\nPING\r\n";
        feed_put(f, hello, sizeof hello - 1);
        feed_expect(f, "PONG", 4);
    } else if (k == FEED_SOCKETIO) {
        feed_join(f);
    }
}

static inline void feed_send(const struct feed *f, const char *payload, size_t len)
{
    char out[4096];
    size_t n = 0, tl = strlen(f->topic);
    if (f->kind == FEED_UDP) {
        feed_put(f, payload, len);
        return;
    }
    if (len + tl + 64 > sizeof out)
        die("feed: the event is too long");
    if (f->kind == FEED_NATS) {
        n = (size_t)snprintf(out, sizeof out, "PUB %s %zu\r\n", f->topic, len);
    } else {
        size_t body = 2 + tl + len;
        out[n++] = 0x30;
        do {
            out[n++] = (char)((body & 127) | (body > 127 ? 128 : 0));
        } while ((body >>= 7) != 0);
        out[n++] = (char)(tl >> 8);
        out[n++] = (char)tl;
        memcpy(out + n, f->topic, tl);
        n += tl;
    }
    memcpy(out + n, payload, len);
    n += len;
    if (f->kind == FEED_NATS) {
        out[n++] = '\r';
        out[n++] = '\n';
    }
    feed_put(f, out, n);
}

/* Sends one event with this number and timestamp. */
static inline void feed_event(const struct feed *f, uint64_t seq, uint64_t stamp, size_t pad_to)
{
    char event[EVENT_MAX];
    if (f->kind == FEED_SOCKETIO)
        feed_send_frame(f, stamp);
    else
        feed_send(f, event, event_write(event, sizeof event, seq, stamp, pad_to));
}

#endif
