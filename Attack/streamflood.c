/* streamflood: many TCP connections that send a file of bytes at full rate, slowly, once or never. See README.md. */
#include "sources.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>

enum { MAX_CONNECTIONS = 20000, AT_ONCE = 512, READ_BYTES = 1 << 17 };

static const char usage[] =
    "streamflood -c HOST:PORT [options]\n"
    "  -n COUNT   connections at a time, 1 to 20000 (default 1)\n"
    "  -t SECONDS how long, 1 to 60 (default 5)\n"
    "  -m COUNT   connections in all, 1 to 1000000 (default 20000)\n"
    "  -s ADDRESS+COUNT  connect from these addresses in turn\n"
    "  -o FILE    bytes to send first\n"
    "  -w         wait for the end of a response's head before the payload\n"
    "  -p FILE    the payload, sent again and again\n"
    "  -1         send the payload once, then keep the connection open\n"
    "  -k BYTES   send this many bytes of the payload per interval, instead of as many as possible\n"
    "  -i MS      that interval, 1 to 10000 (default 100)\n"
    "  -R         never read\n"
    "  -a         replace a connection that has ended, and close one whose payload has been sent once\n"
    "  -x         reset instead of closing\n";

enum state { IDLE, CONNECTING, OPENING, WAITING, SENDING, SENT };

struct connection {
    int fd;
    enum state state;
    size_t at;
    long budget;
    unsigned waiting_for;
};

static struct sockaddr_in target;
static struct sources sources = {0, 1};
static struct bytes opening, payload;
static struct connection *connections;
static long count = 1, maximum = 20000, chunk, interval_ms = 100;
static int epoll, once, mute, again, waits, resets, in_flight;
static struct {
    long opened, refused, ended, open, payloads, by_status[6];
    uint64_t sent, received;
} tally;

static void arm(struct connection *c, unsigned events)
{
    if (mute && c->state >= SENDING)
        events &= ~(unsigned)EPOLLIN;
    if (events == c->waiting_for)
        return;
    struct epoll_event e = {.events = events, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
    c->waiting_for = events;
}

static void drop(struct connection *c)
{
    struct linger now = {1, 0};
    if (resets)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (c->state == CONNECTING)
        in_flight--;
    else
        tally.open--;
    close(c->fd);
    c->state = IDLE;
}

static int dial(struct connection *c)
{
    int small = 4096, one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return -1;
    if (mute)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sources_bind(&sources, c->fd, c - connections);
    if (connect(c->fd, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS) {
        close(c->fd);
        tally.refused++;
        return -1;
    }
    struct epoll_event e = {.events = EPOLLOUT, .data.ptr = c};
    c->waiting_for = EPOLLOUT;
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
    c->state = CONNECTING;
    c->at = 0;
    c->budget = chunk;
    in_flight++;
    return 0;
}

/* Sends from b until it is finished (1), the socket or the budget is full (0), or the connection has ended (-1). */
static int push(struct connection *c, struct bytes b, int limited)
{
    while (c->at < b.length) {
        size_t room = b.length - c->at;
        if (limited && chunk > 0) {
            if (c->budget <= 0)
                return 0;
            if (room > (size_t)c->budget)
                room = (size_t)c->budget;
        }
        ssize_t n = send(c->fd, b.data + c->at, room, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n <= 0)
            return -1;
        c->at += (size_t)n;
        c->budget -= n;
        tally.sent += (uint64_t)n;
    }
    return 1;
}

/* Takes one connection as far as it goes. At most a few payloads, so that the others have their turn. */
static void proceed(struct connection *c)
{
    for (int turns = 0; turns < 4; turns++) {
        int done = 0;
        switch (c->state) {
        case OPENING:
            done = opening.length ? push(c, opening, 0) : 1;
            if (done == 1) {
                c->at = 0;
                c->state = waits ? WAITING : payload.length ? SENDING : SENT;
                if (c->state == SENT && again)
                    done = -1;
            }
            break;
        case SENDING:
            done = push(c, payload, 1);
            if (done == 1) {
                tally.payloads++;
                c->at = 0;
                if (once)
                    c->state = SENT;
                if (once && again)
                    done = -1;
            }
            break;
        default: break;
        }
        if (done < 0)
            return drop(c);
        if (done == 0)
            break;
    }
    unsigned wants = EPOLLIN;
    if (c->state == OPENING || (c->state == SENDING && (chunk == 0 || c->budget > 0)))
        wants |= EPOLLOUT;
    arm(c, wants);
}

static void count_statuses(const char *p, size_t n)
{
    static const char head[] = "HTTP/1.1 ";
    for (const char *end = p + n; (p = memmem(p, (size_t)(end - p), head, sizeof head - 1)); p += sizeof head - 1)
        if (p + sizeof head - 1 < end && p[9] >= '1' && p[9] <= '5')
            tally.by_status[p[9] - '0']++;
}

static void readable(struct connection *c)
{
    static char buffer[READ_BYTES];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        tally.ended++;
        return drop(c);
    }
    tally.received += (uint64_t)n;
    count_statuses(buffer, (size_t)n);
    if (c->state == WAITING && memmem(buffer, (size_t)n, "\r\n\r\n", 4)) {
        c->state = payload.length ? SENDING : SENT;
        if (c->state == SENT && again)
            return drop(c);
    }
    proceed(c);
}

static void handle(struct connection *c, unsigned events)
{
    if (c->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) {
            tally.refused++;
            return drop(c);
        }
        in_flight--;
        tally.opened++;
        tally.open++;
        c->state = OPENING;
        return proceed(c);
    }
    if (events & (EPOLLHUP | EPOLLERR) && (mute || !(events & EPOLLIN))) {
        tally.ended++;
        return drop(c);
    }
    if (events & EPOLLIN)
        readable(c);
    if (c->state != IDLE && events & EPOLLOUT)
        proceed(c);
}

/* Opens missing connections, and refills the budgets of slow ones. */
static void tend(uint64_t now, uint64_t *next_interval)
{
    static long dialled;
    static long from;
    for (long i = 0; i < count && in_flight < AT_ONCE && dialled < maximum; i++) {
        struct connection *c = &connections[(from + i) % count];
        if (c->state != IDLE || (c->fd != 0 && !again))
            continue;
        if (dial(c) < 0)
            break;
        dialled++;
        from = (from + i + 1) % count;
    }
    if (chunk > 0 && now >= *next_interval) {
        *next_interval = now + (uint64_t)interval_ms * 1000000u;
        for (long i = 0; i < count; i++) {
            connections[i].budget = chunk;
            if (connections[i].state == SENDING)
                proceed(&connections[i]);
        }
    }
}

int main(int argc, char **argv)
{
    long seconds = 5;
    int o;
    while ((o = getopt(argc, argv, "c:n:t:m:s:o:wp:1k:i:Raxh")) != -1) {
        switch (o) {
        case 'c': parse_host(optarg, "", &target); break;
        case 'n': count = bounded("-n", optarg, 1, MAX_CONNECTIONS); break;
        case 't': seconds = bounded("-t", optarg, 1, 60); break;
        case 'm': maximum = bounded("-m", optarg, 1, 1000000); break;
        case 's': sources = sources_parse(optarg); break;
        case 'o': opening = read_file(optarg); break;
        case 'w': waits = 1; break;
        case 'p': payload = read_file(optarg); break;
        case '1': once = 1; break;
        case 'k': chunk = bounded("-k", optarg, 1, 1 << 20); break;
        case 'i': interval_ms = bounded("-i", optarg, 1, 10000); break;
        case 'R': mute = 1; break;
        case 'a': again = 1; break;
        case 'x': resets = 1; break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (!target.sin_port)
        die("streamflood: -c is required");
    connections = calloc((size_t)count, sizeof *connections);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || epoll < 0)
        die("out of memory");

    uint64_t start = now_ns(), end = start + (uint64_t)seconds * 1000000000u, next = start, now;
    long most = 0;
    while ((now = now_ns()) < end) {
        struct epoll_event events[512];
        tend(now, &next);
        int n = epoll_wait(epoll, events, 512, 1);
        for (int i = 0; i < n; i++)
            handle(events[i].data.ptr, events[i].events);
        if (tally.open > most)
            most = tally.open;
    }
    double s = (double)(now - start) / 1e9;
    printf("{\"tool\":\"streamflood\",\"seconds\":%.3f,\"opened\":%ld,\"refused\":%ld,\"ended\":%ld,\"most_open\":%ld,"
           "\"open\":%ld,\"payloads\":%ld,\"sent\":%llu,\"received\":%llu,"
           "\"status\":{\"1\":%ld,\"2\":%ld,\"3\":%ld,\"4\":%ld,\"5\":%ld}}\n",
           s, tally.opened, tally.refused, tally.ended, most, tally.open, tally.payloads,
           (unsigned long long)tally.sent, (unsigned long long)tally.received, tally.by_status[1], tally.by_status[2],
           tally.by_status[3], tally.by_status[4], tally.by_status[5]);
    return 0;
}
