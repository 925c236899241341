/* fanlimit: the least work that turns a datagram into N WebSocket messages: a fixed handshake,
 * a frame header put before the datagram's bytes, one plain send() to each socket. No parsing,
 * no decoding, no queues. What it reaches is this machine's ceiling for a fan-out over loopback
 * sockets with one thread; a server's figures are read as a ratio to it. See README.md. */
#include "common.h"
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>

enum { MAX_FDS = 20000, FRAME_MAX = 2048 };

static const char usage[] =
    "fanlimit [-p PORT] [-u UDP_PORT] [-b BATCH] [-l BYTES] [-t SECONDS] [-T FILE]\n"
    "  -p PORT      where WebSocket clients connect, on 127.0.0.1 (default 6789)\n"
    "  -u UDP_PORT  where events come in, on 127.0.0.1 (default 8888)\n"
    "  -b BATCH     datagrams joined into one send() while more wait, 1 to 64 (default 1)\n"
    "  -l BYTES     pad each message to this many bytes, up to 1400 (default 175)\n"
    "  -t SECONDS   ends after this long, 1 to 3600 (default 600)\n"
    "  -T FILE      TLS with the certificate and the key of this file\n";

/* The answer to the one Sec-WebSocket-Key that wsload sends (the example of RFC 6455, 1.3). */
static const char reply[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static int open_fds[MAX_FDS];
static int nopen, slot_of[MAX_FDS];
static SSL *tls_of[MAX_FDS];
static SSL_CTX *tls;

static ssize_t put(int fd, const void *data, size_t len)
{
    return tls_of[fd] ? SSL_write(tls_of[fd], data, (int)len) : send(fd, data, len, MSG_NOSIGNAL);
}

/* 0 at the end, -1 to wait. SSL_read completes the handshake first. */
static ssize_t get(int fd, void *data, size_t cap)
{
    if (!tls_of[fd])
        return recv(fd, data, cap, 0);
    int n = SSL_read(tls_of[fd], data, (int)cap);
    return n > 0 ? n : SSL_get_error(tls_of[fd], n) == SSL_ERROR_WANT_READ ? -1 : 0;
}

static void accept_tls(int fd)
{
    tls_of[fd] = SSL_new(tls);
    if (!tls_of[fd] || SSL_set_fd(tls_of[fd], fd) != 1)
        die("fanlimit: out of memory");
    SSL_set_accept_state(tls_of[fd]);
}

static void drop(int fd)
{
    SSL_free(tls_of[fd]);
    tls_of[fd] = NULL;
    if (slot_of[fd] >= 0) {
        int last = open_fds[--nopen];
        open_fds[slot_of[fd]] = last;
        slot_of[last] = slot_of[fd];
        slot_of[fd] = -1;
    }
    close(fd);
}

static int bind_to(int type, long port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, big = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
        die("fanlimit: port %ld: %s", port, strerror(errno));
    return fd;
}

/* Appends one text frame holding the next datagram; 0 when none waits. */
static size_t next_frame(int udp, uint8_t *out, size_t pad)
{
    uint8_t in[1500];
    ssize_t n = recv(udp, in, sizeof in, 0);
    if (n <= 0)
        return 0;
    size_t len = (size_t)n < pad ? pad : (size_t)n, h = len < 126 ? 2 : 4;
    out[0] = 0x81;
    out[1] = len < 126 ? (uint8_t)len : 126;
    out[2] = (uint8_t)(len >> 8); /* overwritten by the payload when the header has 2 bytes */
    out[3] = (uint8_t)len;
    memcpy(out + h, in, (size_t)n);
    memset(out + h + n, ' ', len - (size_t)n);
    return h + len;
}

int main(int argc, char **argv)
{
    long port = 6789, udp_port = 8888, batch = 1, seconds = 600, pad = 175;
    int o;
    while ((o = getopt(argc, argv, "p:u:b:l:t:T:h")) != -1) {
        switch (o) {
        case 'p': port = bounded("-p", optarg, 1, 65535); break;
        case 'u': udp_port = bounded("-u", optarg, 1, 65535); break;
        case 'b': batch = bounded("-b", optarg, 1, 64); break;
        case 'l': pad = bounded("-l", optarg, 0, 1400); break;
        case 't': seconds = bounded("-t", optarg, 1, 3600); break;
        case 'T':
            tls = SSL_CTX_new(TLS_server_method());
            if (!tls || SSL_CTX_use_certificate_chain_file(tls, optarg) != 1 ||
                SSL_CTX_use_PrivateKey_file(tls, optarg, SSL_FILETYPE_PEM) != 1)
                die("fanlimit: '%s' has no certificate and key", optarg);
            break;
        default: fputs(usage, stderr); return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    alarm((unsigned)seconds);
    memset(slot_of, -1, sizeof slot_of);
    int tcp = bind_to(SOCK_STREAM, port), udp = bind_to(SOCK_DGRAM, udp_port);
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (listen(tcp, 4096) < 0 || ep < 0)
        die("fanlimit: %s", strerror(errno));
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = tcp};
    epoll_ctl(ep, EPOLL_CTL_ADD, tcp, &ev);
    ev.data.fd = udp;
    epoll_ctl(ep, EPOLL_CTL_ADD, udp, &ev);

    for (;;) {
        struct epoll_event evs[256];
        int k = epoll_wait(ep, evs, 256, -1);
        for (int i = 0; i < k; i++) {
            int fd = evs[i].data.fd;
            if (fd == udp) {
                uint8_t frames[64 * FRAME_MAX];
                for (;;) {
                    size_t len = 0, one;
                    for (long b = 0; b < batch && (one = next_frame(udp, frames + len, (size_t)pad)); b++)
                        len += one;
                    if (len == 0)
                        break;
                    for (int j = nopen - 1; j >= 0; j--)
                        if (put(open_fds[j], frames, len) != (ssize_t)len)
                            drop(open_fds[j]); /* a full socket: this program keeps no queue */
                }
            } else if (fd == tcp) {
                int c, yes = 1;
                while ((c = accept4(tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                    if (c >= MAX_FDS) {
                        close(c);
                        continue;
                    }
                    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                    if (tls)
                        accept_tls(c);
                    ev.data.fd = c;
                    epoll_ctl(ep, EPOLL_CTL_ADD, c, &ev);
                }
            } else {
                char in[4096];
                ssize_t n = get(fd, in, sizeof in);
                if (n < 0 && tls) {
                    continue;
                } else if (n <= 0) {
                    drop(fd);
                } else if (slot_of[fd] < 0 && memmem(in, (size_t)n, "\r\n\r\n", 4)) {
                    if (put(fd, reply, sizeof reply - 1) < 0) {
                        drop(fd);
                        continue;
                    }
                    slot_of[fd] = nopen;
                    open_fds[nopen++] = fd;
                }
            }
        }
    }
}
