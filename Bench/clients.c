#include "clients.h"
#include <sys/epoll.h>

enum { RECEIVE_MAX = 1 << 18, STALLED_BUFFER = 4096 };

/* The answer to the key that every client sends, the example of RFC 6455, section 1.3. */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

struct client {
    int fd;
    SSL *tls;
    enum { CONNECTING, TLS_HANDSHAKE, HANDSHAKE, OPEN, STALLED, GONE } state;
    uint8_t *left; /* the bytes of an incomplete frame */
    size_t nleft, cap;
    uint64_t events, last_stamp;
};

struct tally tally;
static const struct script *script;
static struct client *clients;
static int epoll, connects_in_flight;

static void watch(struct client *c, int op, uint32_t what)
{
    struct epoll_event ev = {.events = what, .data.ptr = c};
    epoll_ctl(epoll, op, c->fd, &ev);
}

static void gone(struct client *c, int *counter)
{
    if (c->state <= HANDSHAKE)
        connects_in_flight--;
    if (c->state == OPEN)
        tally.open--;
    SSL_free(c->tls);
    c->tls = NULL;
    close(c->fd);
    free(c->left);
    c->left = NULL;
    c->state = GONE;
    (*counter)++;
}

static int will_stall(const struct client *c)
{
    return c - clients < script->stalled;
}

static void dial(struct client *c)
{
    int one = 1, small = STALLED_BUFFER;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        die("wsload: socket: %s", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (will_stall(c)) /* so that the server's send buffer fills up soon */
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    c->state = CONNECTING;
    connects_in_flight++;
    if (connect(c->fd, (const struct sockaddr *)&script->server, sizeof script->server) < 0 &&
        errno != EINPROGRESS) {
        gone(c, &tally.refused);
        return;
    }
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

/* The results of TLS as those of send() and recv(): -1 with EAGAIN to wait. */
static ssize_t tls_result(const struct client *c, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(c->tls, result);
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

static ssize_t client_send(struct client *c, const void *data, size_t len)
{
    return c->tls ? tls_result(c, SSL_write(c->tls, data, (int)len)) : send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Reads what is there: of several TLS records, as many as fit. */
static ssize_t client_receive(struct client *c, uint8_t *data, size_t cap)
{
    if (!c->tls)
        return recv(c->fd, data, cap, 0);
    ssize_t all = 0, got;
    while ((size_t)all < cap && (got = tls_result(c, SSL_read(c->tls, data + all, (int)(cap - (size_t)all)))) > 0)
        all += got;
    return all > 0 ? all : got;
}

static void send_request(struct client *c)
{
    size_t len = strlen(script->request);
    if (client_send(c, script->request, len) != (ssize_t)len) {
        gone(c, &tally.refused);
        return;
    }
    c->state = HANDSHAKE;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void tls_handshake(struct client *c)
{
    int result = SSL_do_handshake(c->tls);
    if (result == 1) {
        send_request(c);
    } else if (tls_result(c, result) == -1 && errno == EAGAIN) {
        watch(c, EPOLL_CTL_MOD, SSL_want_write(c->tls) ? EPOLLOUT : EPOLLIN);
    } else {
        gone(c, &tally.refused);
    }
}

static void connected(struct client *c)
{
    int err = 0;
    socklen_t size = sizeof err;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    if (err) {
        gone(c, &tally.refused);
        return;
    }
    if (!script->tls) {
        send_request(c);
        return;
    }
    c->tls = SSL_new(script->tls);
    if (!c->tls || SSL_set_fd(c->tls, c->fd) != 1)
        die("wsload: out of memory");
    SSL_set_connect_state(c->tls);
    c->state = TLS_HANDSHAKE;
    tls_handshake(c);
}

/* Client frames are masked; a mask of zero leaves the payload as it is. */
static void send_frame(struct client *c, int opcode, const void *data, size_t len)
{
    uint8_t out[GREETING_MAX + 8];
    size_t n = 0;
    if (len > GREETING_MAX)
        return;
    out[n++] = (uint8_t)(0x80 | opcode);
    out[n++] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        out[n++] = (uint8_t)(len >> 8);
        out[n++] = (uint8_t)len;
    }
    memset(out + n, 0, 4);
    n += 4;
    memcpy(out + n, data, len);
    if (client_send(c, out, n + len) < 0 && errno != EAGAIN)
        gone(c, &tally.closed_by_server);
}

/* Reads the server's handshake response; returns the bytes consumed, 0 to wait for more. */
static size_t shake_hands(struct client *c, const uint8_t *p, size_t n)
{
    const uint8_t *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t used = (size_t)(end - p) + 4;
    if (n < 12 || memcmp(p, "HTTP/1.1 101", 12) != 0 || !memmem(p, used, ACCEPT, sizeof ACCEPT - 1)) {
        if (tally.refused == 0)
            fprintf(stderr, "wsload: refused: %.*s\n", (int)(used > 200 ? 200 : used), (const char *)p);
        gone(c, &tally.refused);
        return used;
    }
    connects_in_flight--;
    tally.ready++;
    tally.open++;
    c->state = OPEN;
    for (int i = 0; i < script->greetings && c->state == OPEN; i++)
        send_frame(c, script->greeting[i].opcode, script->greeting[i].data, script->greeting[i].len);
    if (c->state == OPEN && will_stall(c)) {
        tally.open--;
        tally.stalled++;
        c->state = STALLED;
        watch(c, EPOLL_CTL_MOD, 0);
    }
    return used;
}

/* Finds each event in a message and adds its delay; returns how many there were. */
static uint64_t measure_events(struct client *c, const uint8_t *p, size_t n, uint64_t now)
{
    uint64_t found = 0;
    size_t key = strlen(script->stamp_key);
    for (const uint8_t *q = p, *end = p + n; (q = memmem(q, (size_t)(end - q), script->stamp_key, key));) {
        q += key;
        while (q < end && *q == ' ')
            q++;
        uint64_t stamp = 0;
        for (; q < end && *q >= '0' && *q <= '9'; q++)
            stamp = stamp * 10 + (uint64_t)(*q - '0');
        found++;
        tally.unordered += stamp < c->last_stamp;
        c->last_stamp = stamp;
        if (tally.warm_left == 0 && now > stamp && stamp > 0)
            histogram_add(&tally.delay, now - stamp);
    }
    return found;
}

static void got_message(struct client *c, int opcode, int compressed, const uint8_t *p, size_t n, uint64_t now)
{
    uint64_t found = (uint64_t)compressed + measure_events(c, p, n, now);
    tally.last_any_ns = now;
    if (tally.warm_left > 0) {
        tally.warm_left -= found < tally.warm_left ? found : tally.warm_left;
        return;
    }
    if (opcode == 1 && script->answer_to && n == strlen(script->answer_to) && !memcmp(p, script->answer_to, n)) {
        tally.controls++;
        send_frame(c, 1, script->answer, strlen(script->answer));
        return;
    }
    *(opcode == 1 ? &tally.texts : &tally.binaries) += 1;
    tally.messages++;
    tally.bytes += n;
    if (found) {
        tally.events += found;
        c->events += found;
        if (tally.first_ns == 0)
            tally.first_ns = now;
        tally.last_ns = now;
    }
}

static void got_control(struct client *c, int opcode, const uint8_t *p, size_t n)
{
    tally.controls++;
    if (opcode == 9)
        send_frame(c, 10, p, n);
    else if (opcode == 8)
        gone(c, &tally.closed_by_server);
}

/* Reads one frame from p; returns the bytes consumed, 0 if it is incomplete. */
static size_t read_frame(struct client *c, const uint8_t *p, size_t n, uint64_t now)
{
    if (n < 2)
        return 0;
    size_t len = p[1] & 127, head = len == 126 ? 4 : len == 127 ? 10 : 2;
    if (n < head)
        return 0;
    if (head > 2) {
        len = 0;
        for (size_t i = 2; i < head; i++)
            len = len << 8 | p[i];
    }
    if (p[1] & 0x80 || p[0] & (script->deflate ? 0x30 : 0x70) || len > RECEIVE_MAX / 2) {
        tally.bad_frames++;
        gone(c, &tally.closed_by_server);
        return 0;
    }
    if (n < head + len)
        return 0;
    int opcode = p[0] & 15;
    if (opcode < 3)
        got_message(c, opcode, (p[0] & 0x40) != 0, p + head, len, now);
    else
        got_control(c, opcode, p + head, len);
    return head + len;
}

static void store_rest(struct client *c, const uint8_t *p, size_t n)
{
    if (n > RECEIVE_MAX)
        die("wsload: a frame or header is too long");
    if (n > c->cap) {
        free(c->left);
        c->cap = n < 512 ? 512 : n;
        if (!(c->left = malloc(c->cap)))
            die("wsload: out of memory");
    }
    memcpy(c->left, p, n);
    c->nleft = n;
}

static void readable(struct client *c)
{
    static uint8_t buf[RECEIVE_MAX * 2];
    if (c->nleft)
        memcpy(buf, c->left, c->nleft);
    ssize_t got = client_receive(c, buf + c->nleft, RECEIVE_MAX);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        gone(c, c->state == HANDSHAKE ? &tally.refused : &tally.closed_by_server);
        return;
    }
    uint64_t now = now_ns();
    size_t n = c->nleft + (size_t)got, at = 0, took;
    c->nleft = 0;
    if (c->state == HANDSHAKE)
        at = shake_hands(c, buf, n);
    while (c->state == OPEN && (took = read_frame(c, buf + at, n - at, now)) > 0)
        at += took;
    if (c->state <= OPEN && at < n)
        store_rest(c, buf + at, n - at);
}

int clients_poll(int timeout_ms)
{
    struct epoll_event evs[512];
    int k = epoll_wait(epoll, evs, 512, timeout_ms);
    for (int i = 0; i < k; i++) {
        struct client *c = evs[i].data.ptr;
        if (c->state == CONNECTING)
            connected(c);
        else if (c->state == TLS_HANDSHAKE)
            tls_handshake(c);
        else if (c->state == HANDSHAKE || c->state == OPEN)
            readable(c);
        else if (c->state == STALLED && evs[i].events & (EPOLLHUP | EPOLLERR)) {
            tally.stalled--;
            gone(c, &tally.closed_by_server);
        }
    }
    return k;
}

void clients_start(const struct script *s)
{
    script = s;
    clients = calloc((size_t)s->clients, sizeof *clients);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || epoll < 0)
        die("wsload: out of memory");
    uint64_t deadline = now_ns() + 60000000000u;
    for (int dialled = 0; tally.ready + tally.refused < s->clients && now_ns() < deadline;) {
        while (dialled < s->clients && connects_in_flight < s->connects_at_once)
            dial(&clients[dialled++]);
        clients_poll(100);
    }
}

uint64_t client_events(int i, int *is_open)
{
    *is_open = clients[i].state == OPEN;
    return clients[i].events;
}

void clients_forget_events(void)
{
    for (int i = 0; i < script->clients; i++)
        clients[i].events = 0;
}
