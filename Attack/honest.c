/* honest: heart boards and clients whose service an attack must not disturb. See README.md. */
#include "common.h"
#include "histogram.h"

#include <poll.h>
#include <signal.h>

static const char usage[] =
    "honest -b HOST:PORT -w HOST:PORT -l HOST:PORT [-u BOARDS] [-r RATE] [-t SECONDS]\n"
    "  -b HOST:PORT  where to send readings by UDP\n"
    "  -w HOST:PORT  the heart broadcast\n"
    "  -l HOST:PORT  the main port: the live socket, and a request for /health ten times a second\n"
    "  -u BOARDS     boards, 1 to 100 (default 10)\n"
    "  -r RATE       readings of each board a second, 1 to 100 (default 10)\n"
    "  -t SECONDS    how long at most, 1 to 120 (default 60); SIGTERM ends it earlier\n";

enum { INPUT = 1 << 20, MAX_READINGS = 1 << 20, IDS = 1 << 18, MAX_NAMES = 64, QUIET_MS = 1500 };
enum { HEART, LIVE, HEALTH, CONNECTIONS };

static struct connection {
    int fd;
    size_t used;
    uint8_t *input;
    uint64_t closed_ns;
} connections[CONNECTIONS];

/* An event of one of our readings: when the reading was sent, and when the live socket's client received it. */
static struct { uint64_t id, sent, live; } events[IDS];
static uint64_t sent_at[MAX_READINGS];
static uint8_t received[MAX_READINGS];
static struct { char name[32]; long count; } names[MAX_NAMES];
static struct histogram heart_delay, live_delay, health_delay;
static uint64_t readings, heart_received, live_received, heart_messages, live_messages, health_asked, start_ns;
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void send_all(int fd, const void *data, size_t length)
{
    const char *p = data;
    while (length > 0) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        p += n;
        length -= (size_t)n;
    }
}

static void send_frame(int fd, int opcode, const void *data, size_t length)
{
    uint8_t frame[256] = {(uint8_t)(0x80 | opcode), 0x80};
    size_t head = 2;
    if (length > sizeof frame - 8)
        die("honest: the frame is too long");
    if (length < 126) {
        frame[1] |= (uint8_t)length;
    } else {
        frame[1] |= 126;
        frame[2] = (uint8_t)(length >> 8);
        frame[3] = (uint8_t)length;
        head = 4;
    }
    memset(frame + head, 0, 4); /* a mask of zeros */
    memcpy(frame + head + 4, data, length);
    send_all(fd, frame, head + 4 + length);
}

static int dial(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
        die("honest: cannot connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void open_socket(struct connection *c, const struct sockaddr_in *to, const char *path)
{
    char request[256], answer[1024];
    size_t n = 0;
    c->fd = dial(to);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path);
    send_all(c->fd, request, strlen(request));
    while (n < sizeof answer - 1 && !memmem(answer, n, "\r\n\r\n", 4)) {
        if (recv(c->fd, answer + n, 1, 0) != 1)
            die("honest: %s closed the connection", path);
        n++;
    }
    if (strncmp(answer, "HTTP/1.1 101", 12) != 0)
        die("honest: %s answered %.12s", path, answer);
}

/* The number after the last or first occurrence of a key; 0 if there is none. */
static uint64_t number_after(const char *p, size_t n, const char *key, int last)
{
    const char *found = NULL, *next = p, *end = p + n;
    while ((next = memmem(next, (size_t)(end - next), key, strlen(key)))) {
        found = next += strlen(key);
        if (!last)
            break;
    }
    uint64_t value = 0;
    while (found && found < end && *found >= '0' && *found <= '9')
        value = value * 10 + (uint64_t)(*found++ - '0');
    return value;
}

static void count_name(const char *p, size_t n)
{
    static const char key[] = "\"event_type\": \"";
    const char *name = memmem(p, n < 200 ? n : 200, key, sizeof key - 1);
    if (!name)
        return;
    name += sizeof key - 1;
    size_t length = strcspn(name, "\"");
    for (int i = 0; i < MAX_NAMES && length < sizeof names[0].name; i++) {
        if (names[i].count == 0)
            memcpy(names[i].name, name, length);
        if (strlen(names[i].name) == length && !memcmp(names[i].name, name, length)) {
            names[i].count++;
            return;
        }
    }
}

static void both_known(uint64_t id)
{
    live_received++;
    if (events[id % IDS].live > events[id % IDS].sent)
        histogram_add(&live_delay, events[id % IDS].live - events[id % IDS].sent);
}

static void heart_message(const char *p, size_t n, uint64_t now)
{
    heart_messages++;
    uint64_t number = number_after(p, n, "\"probe\": ", 0), id = number_after(p, n, "\"event_id\": ", 1);
    /* A replay of a user's latest reading has no new number. */
    if (number == 0 || number >= MAX_READINGS || received[number])
        return;
    received[number] = 1;
    heart_received++;
    histogram_add(&heart_delay, now - sent_at[number]);
    if (events[id % IDS].id != id)
        events[id % IDS].live = 0;
    events[id % IDS].id = id;
    events[id % IDS].sent = sent_at[number];
    if (events[id % IDS].live)
        both_known(id);
}

static void live_message(const char *p, size_t n, uint64_t now)
{
    live_messages++;
    count_name(p, n);
    if (!memmem(p, n < 40 ? n : 40, "heart_rate", 10))
        return;
    uint64_t id = number_after(p, n, "\"id\": ", 1);
    if (events[id % IDS].id != id)
        events[id % IDS].sent = 0;
    events[id % IDS].id = id;
    events[id % IDS].live = now;
    if (events[id % IDS].sent)
        both_known(id);
}

/* Waits until the server has sent this text, which stays in the input. */
static void wait_for(struct connection *c, const char *text)
{
    while (!memmem(c->input, c->used, text, strlen(text))) {
        ssize_t n = recv(c->fd, c->input + c->used, INPUT - c->used, 0);
        if (n <= 0)
            die("honest: the connection ended before \"%s\"", text);
        c->used += (size_t)n;
    }
}

/* Handles one frame; returns its length, or 0 if it is incomplete. */
static size_t frame(int which, const uint8_t *p, size_t n, uint64_t now)
{
    size_t length = n < 2 ? 0 : p[1] & 127, head = length == 126 ? 4 : length == 127 ? 10 : 2;
    if (n < head)
        return 0;
    if (head > 2)
        length = 0;
    for (size_t i = 2; i < head; i++)
        length = length << 8 | p[i];
    if (head + length > INPUT)
        die("honest: a message is too long");
    if (n < head + length)
        return 0;
    const char *body = (const char *)p + head;
    int opcode = p[0] & 15;
    if (opcode == 9)
        send_frame(connections[which].fd, 10, body, length);
    else if (opcode == 1 && which == HEART)
        heart_message(body, length, now);
    else if (opcode == 1)
        live_message(body, length, now);
    return head + length;
}

static size_t health_response(const uint8_t *p, size_t n, uint64_t now)
{
    const uint8_t *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - p) + 4, body = number_after((const char *)p, head, "Content-Length: ", 0);
    if (n < head + body)
        return 0;
    if (memmem(p, 12, " 200", 4))
        histogram_add(&health_delay, now - health_asked);
    health_asked = 0;
    return head + body;
}

static void readable(int which)
{
    struct connection *c = &connections[which];
    ssize_t n = recv(c->fd, c->input + c->used, INPUT * 2 - c->used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    uint64_t now = now_ns();
    if (n <= 0) {
        close(c->fd);
        c->fd = -1;
        c->closed_ns = now;
        return;
    }
    c->used += (size_t)n;
    size_t at = 0, took;
    while (at < c->used && (took = which == HEALTH ? health_response(c->input + at, c->used - at, now)
                                                  : frame(which, c->input + at, c->used - at, now)) > 0)
        at += took;
    memmove(c->input, c->input + at, c->used - at);
    c->used -= at;
}

static void send_reading(int fd, long boards)
{
    char text[128];
    uint64_t number = readings + 1;
    if (number >= MAX_READINGS)
        return;
    int n = snprintf(text, sizeof text, "{\"user\":%d,\"bpm\":%d,\"probe\":%llu}", (int)(number % (uint64_t)boards) + 1,
                     60 + (int)(number / (uint64_t)boards % 40), (unsigned long long)number);
    sent_at[number] = now_ns();
    readings = number;
    send(fd, text, (size_t)n, MSG_DONTWAIT);
}

static void ask_health(uint64_t now)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n";
    static uint64_t next;
    if (now < next || health_asked || connections[HEALTH].fd < 0)
        return;
    next = now + 100000000u;
    health_asked = now;
    send_all(connections[HEALTH].fd, request, sizeof request - 1);
}

static void print_delays(const char *name, const struct histogram *h)
{
    printf(",\"%s\":{\"count\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}", name, (unsigned long long)h->count,
           (double)histogram_at(h, 0.5) / 1e6, (double)histogram_at(h, 0.99) / 1e6, (double)h->max / 1e6);
}

static void print_closed(const char *name, const struct connection *c)
{
    if (c->closed_ns)
        printf(",\"%s_closed_s\":%.3f", name, (double)(c->closed_ns - start_ns) / 1e9);
}

int main(int argc, char **argv)
{
    struct sockaddr_in boards_at = {0}, heart_at = {0}, live_at = {0};
    long boards = 10, rate = 10, seconds = 60;
    int o;
    while ((o = getopt(argc, argv, "b:w:l:u:r:t:h")) != -1) {
        switch (o) {
        case 'b': parse_host(optarg, "", &boards_at); break;
        case 'w': parse_host(optarg, "", &heart_at); break;
        case 'l': parse_host(optarg, "", &live_at); break;
        case 'u': boards = bounded("-u", optarg, 1, 100); break;
        case 'r': rate = bounded("-r", optarg, 1, 100); break;
        case 't': seconds = bounded("-t", optarg, 1, 120); break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (!boards_at.sin_port || !heart_at.sin_port || !live_at.sin_port)
        die("honest: -b, -w and -l are required");
    signal(SIGTERM, stop);
    for (int i = 0; i < CONNECTIONS; i++)
        if (!(connections[i].input = malloc(INPUT * 2)))
            die("honest: out of memory");
    open_socket(&connections[HEART], &heart_at, "/");
    open_socket(&connections[LIVE], &live_at, "/ws/live");
    connections[HEALTH].fd = dial(&live_at);
    static const char subscribe[] =
        "{\"type\":\"subscribe\",\"channels\":[\"status\",\"sensor_event\",\"timer_event\",\"run_update\",\"heart_rate\"]}";
    send_frame(connections[LIVE].fd, 1, subscribe, sizeof subscribe - 1);
    wait_for(&connections[LIVE], "subscription");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&boards_at, sizeof boards_at) < 0)
        die("honest: %s", strerror(errno));
    puts("ready");
    fflush(stdout);

    start_ns = now_ns();
    uint64_t interval = 1000000000u / (uint64_t)(boards * rate), due = start_ns, end = start_ns + (uint64_t)seconds * 1000000000u;
    for (;;) {
        uint64_t now = now_ns();
        if (stopped || now > end) {
            /* The last readings get some time to arrive. */
            stopped = 0;
            if (due == UINT64_MAX)
                break;
            due = UINT64_MAX;
            end = now + QUIET_MS * 1000000u;
        }
        for (; now >= due && due != UINT64_MAX; due += interval)
            send_reading(fd, boards);
        ask_health(now);
        struct pollfd p[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++)
            p[i] = (struct pollfd){connections[i].fd, POLLIN, 0};
        uint64_t wait = due == UINT64_MAX || due <= now ? 1000000 : due - now;
        struct timespec timeout = {0, (long)(wait < 10000000 ? wait : 10000000)};
        if (ppoll(p, CONNECTIONS, &timeout, NULL) > 0)
            for (int i = 0; i < CONNECTIONS; i++)
                if (p[i].revents)
                    readable(i);
    }
    printf("{\"tool\":\"honest\",\"readings\":%llu,\"heart_received\":%llu,\"live_received\":%llu,\"heart_messages\":%llu,"
           "\"live_messages\":%llu,\"health_pending_ms\":%.1f",
           (unsigned long long)readings, (unsigned long long)heart_received, (unsigned long long)live_received,
           (unsigned long long)heart_messages, (unsigned long long)live_messages,
           health_asked ? (double)(now_ns() - health_asked) / 1e6 : 0.0);
    print_delays("heart", &heart_delay);
    print_delays("live", &live_delay);
    print_delays("health", &health_delay);
    print_closed("heart", &connections[HEART]);
    print_closed("live", &connections[LIVE]);
    print_closed("health", &connections[HEALTH]);
    printf(",\"events\":{");
    for (int i = 0; i < MAX_NAMES && names[i].count; i++)
        printf("%s\"%s\":%ld", i ? "," : "", names[i].name, names[i].count);
    printf("}}\n");
    return 0;
}
