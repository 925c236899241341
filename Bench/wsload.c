/* wsload: many WebSocket clients in one process. Counts what a server delivers to them and how late each event
 * is; with -d it also sends the events itself, a window of them in flight. See README.md. */
#include "clients.h"
#include "feed.h"
#include "process.h"
#include <signal.h>
#include <sys/resource.h>

/* A driven event without progress for this long counts as lost. */
enum { LOST_AFTER_NS = 300000000, LOST_MAX = 100000 };

static const char usage[] =
    "wsload [options] ws://HOST:PORT/PATH (or wss:, with any certificate)\n"
    "  -n CLIENTS   connections (default 10)\n"
    "  -s TEXT      text message each client sends once connected (up to 8 of -s and -x)\n"
    "  -x HEX       binary message, likewise\n"
    "  -a RECEIVED=REPLY  answer each text message RECEIVED with REPLY (Engine.IO's ping: -a 2=3)\n"
    "  -H HEADER    one more request header, 'Name: value'\n"
    "  -p PROTOCOL  Sec-WebSocket-Protocol\n"
    "  -z           offer permessage-deflate; a compressed message counts as one event, unread\n"
    "  -k KEY       JSON field holding CLOCK_MONOTONIC ns (default timestamp)\n"
    "  -S CLIENTS   this many of the clients never read after the handshake (stalled clients)\n"
    "  -d FEED      drive: send the events too (udp: mqtt: nats: socketio:, see README), closed loop\n"
    "  -w WINDOW    events in flight when driving (default 32)\n"
    "  -e EVENTS    events to measure; 0 means until -t or -q (default 0)\n"
    "  -W EVENTS    events before those that are not counted (default 0)\n"
    "  -l BYTES     pad each event driven to this many bytes\n"
    "  -c CONNECTS  connects in flight at once (default 64)\n"
    "  -t SECONDS   end this long after the handshakes, 1 to 600 (default 30)\n"
    "  -q MS        end this long after the last message, once one came (default 1000)\n"
    "  -P PID       report this server process's CPU time and memory (up to 8)\n";

struct options {
    const char *url, *feed, *protocol;
    char headers[2048];
    long window, events, warm, pad, seconds, quiet_ms;
    struct processes server;
    struct script script;
};

struct memory {
    long rss, pss;
};

/* Costs and counts of the measured interval. */
struct measurement {
    uint64_t begin_ns, sent, lost, missing; /* missing: deliveries that were never received */
    double server_cpu_s, own_cpu_s;
};

static void add_greeting(struct script *s, int opcode, const char *text)
{
    size_t n = 0, len = strlen(text);
    if (s->greetings == MAX_GREETINGS || len >= GREETING_MAX)
        die("wsload: too many or too long -s and -x");
    uint8_t *data = s->greeting[s->greetings].data;
    if (opcode == 1) {
        memcpy(data, text, n = len);
    } else {
        unsigned v;
        for (; n * 2 + 1 < len && sscanf(text + n * 2, "%2x", &v) == 1; n++)
            data[n] = (uint8_t)v;
        if (n * 2 != len)
            die("wsload: -x '%s' is not hexadecimal", text);
    }
    s->greeting[s->greetings].opcode = opcode;
    s->greeting[s->greetings++].len = n;
}

static void set_answer(struct script *s, char *text)
{
    char *eq = strchr(text, '=');
    if (!eq)
        die("wsload: -a expects RECEIVED=REPLY");
    *eq = 0;
    s->answer_to = text;
    s->answer = eq + 1;
}

static void write_request(struct options *o)
{
    const char *host = strstr(o->url, "://");
    if (!host || (strncmp(o->url, "ws:", 3) != 0 && strncmp(o->url, "wss:", 4) != 0))
        die("wsload: expected ws://HOST:PORT/PATH or wss:, not '%s'", o->url);
    if (o->url[2] == 's' && !(o->script.tls = SSL_CTX_new(TLS_client_method())))
        die("wsload: TLS is unavailable");
    host += 3;
    const char *path = parse_host(host, "/", &o->script.server);
    int n = snprintf(o->script.request, sizeof o->script.request,
                     "GET %s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "%s%s%s%s%s\r\n",
                     *path ? path : "/", (int)(path - host), host, o->protocol ? "Sec-WebSocket-Protocol: " : "",
                     o->protocol ? o->protocol : "", o->protocol ? "\r\n" : "",
                     o->script.deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "",
                     o->headers);
    if (n >= (int)sizeof o->script.request)
        die("wsload: the request is too long");
}

static void read_options(struct options *o, int argc, char **argv)
{
    struct script *s = &o->script;
    int c;
    while ((c = getopt(argc, argv, "n:s:x:a:H:p:zk:S:d:w:e:W:l:c:t:q:P:h")) != -1) {
        switch (c) {
        case 'n': s->clients = (int)bounded("-n", optarg, 1, MAX_CLIENTS); break;
        case 's': add_greeting(s, 1, optarg); break;
        case 'x': add_greeting(s, 2, optarg); break;
        case 'a': set_answer(s, optarg); break;
        case 'H': {
            size_t used = strlen(o->headers);
            snprintf(o->headers + used, sizeof o->headers - used, "%s\r\n", optarg);
            break;
        }
        case 'p': o->protocol = optarg; break;
        case 'z': s->deflate = 1; break;
        case 'k': snprintf(s->stamp_key, sizeof s->stamp_key, "\"%s\":", optarg); break;
        case 'S': s->stalled = (int)bounded("-S", optarg, 0, MAX_CLIENTS); break;
        case 'd': o->feed = optarg; break;
        case 'w': o->window = bounded("-w", optarg, 1, 10000); break;
        case 'e': o->events = bounded("-e", optarg, 0, 100000000); break;
        case 'W': o->warm = bounded("-W", optarg, 0, 10000000); break;
        case 'l': o->pad = bounded("-l", optarg, 0, 1400); break;
        case 'c': s->connects_at_once = (int)bounded("-c", optarg, 1, 4096); break;
        case 't': o->seconds = bounded("-t", optarg, 1, 600); break;
        case 'q': o->quiet_ms = bounded("-q", optarg, 10, 600000); break;
        case 'P':
            if (o->server.count == MAX_PROCESSES)
                die("wsload: too many -P");
            o->server.pid[o->server.count++] = (int)bounded("-P", optarg, 1, 1 << 30);
            break;
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind != argc - 1) {
        fputs(usage, stderr);
        exit(2);
    }
    o->url = argv[optind];
    write_request(o);
}

static struct memory memory_now(const struct processes *p)
{
    return (struct memory){processes_memory_kib(p, "Rss:"), processes_memory_kib(p, "Pss:")};
}

static double own_cpu_seconds(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* Keeps a window of events in flight; without progress for a while, missing events count as lost. */
struct driver {
    struct feed feed;
    uint64_t readers, to_send, sent, given_up, seen, progress_ns;
};

static void driver_start(struct driver *d, uint64_t to_send)
{
    d->readers = (uint64_t)tally.open;
    d->to_send = to_send;
    d->sent = d->given_up = d->seen = 0;
    d->progress_ns = now_ns();
}

static int driver_done(const struct driver *d)
{
    return d->sent >= d->to_send && tally.events >= (d->sent - d->given_up) * d->readers;
}

static void drive(struct driver *d, const struct options *o)
{
    if (tally.events != d->seen) {
        d->seen = tally.events;
        d->progress_ns = now_ns();
    } else if (now_ns() - d->progress_ns > LOST_AFTER_NS) {
        d->given_up += d->sent - tally.events / d->readers - d->given_up;
        d->progress_ns = now_ns();
    }
    while (d->sent < d->to_send &&
           (d->sent - d->given_up) * d->readers < tally.events + (uint64_t)o->window * d->readers) {
        feed_event(&d->feed, d->sent, now_ns(), (size_t)o->pad);
        d->sent++;
    }
}

static void forget_counts(void)
{
    tally.messages = tally.events = tally.bytes = tally.texts = tally.binaries = tally.controls = 0;
    tally.unordered = 0;
    tally.first_ns = tally.last_ns = tally.last_any_ns = 0;
    tally.delay = (struct histogram){.count = 0};
}

/* Sends the warm-up events and waits for them, so that none is counted as measured. */
static void warm_up(const struct options *o, struct driver *d)
{
    for (driver_start(d, (uint64_t)o->warm); !driver_done(d) && tally.open > 0 && d->given_up <= LOST_MAX;) {
        drive(d, o);
        clients_poll(20);
    }
    clients_forget_events();
    forget_counts();
}

static struct measurement measure_driven(const struct options *o, struct driver *d)
{
    warm_up(o, d);
    struct measurement m = {.begin_ns = now_ns()};
    double cpu = processes_cpu_seconds(&o->server), own = own_cpu_seconds();
    uint64_t deadline = m.begin_ns + (uint64_t)o->seconds * 1000000000u;
    driver_start(d, o->events ? (uint64_t)o->events : UINT64_MAX);
    while (!driver_done(d) && tally.open > 0 && d->given_up <= LOST_MAX) {
        if (now_ns() >= deadline)
            d->to_send = d->sent; /* stop sending; events in flight may still arrive */
        drive(d, o);
        clients_poll(20);
    }
    m.server_cpu_s = processes_cpu_seconds(&o->server) - cpu;
    m.own_cpu_s = own_cpu_seconds() - own;
    m.sent = d->sent;
    m.lost = d->given_up;
    m.missing = d->sent * d->readers - tally.events;
    return m;
}

/* Another program sends: receives until the time is over, or for the quiet time after the last message. */
static struct measurement measure_received(const struct options *o)
{
    struct measurement m = {.begin_ns = now_ns()};
    double cpu = processes_cpu_seconds(&o->server), own = own_cpu_seconds();
    uint64_t deadline = m.begin_ns + (uint64_t)o->seconds * 1000000000u;
    uint64_t wanted = (uint64_t)o->events * (uint64_t)tally.open;
    tally.warm_left = (uint64_t)o->warm * (uint64_t)tally.open;
    int warming = o->warm > 0;
    while (now_ns() < deadline && tally.open > 0 && (wanted == 0 || tally.events < wanted)) {
        clients_poll(20);
        if (warming && tally.warm_left == 0) {
            warming = 0;
            m.begin_ns = now_ns();
            cpu = processes_cpu_seconds(&o->server);
            own = own_cpu_seconds();
        }
        if (tally.last_any_ns && now_ns() - tally.last_any_ns > (uint64_t)o->quiet_ms * 1000000u)
            break;
    }
    if (!o->warm)
        m.begin_ns = tally.first_ns;
    m.server_cpu_s = processes_cpu_seconds(&o->server) - cpu;
    m.own_cpu_s = own_cpu_seconds() - own;
    return m;
}

static void report(const struct options *o, const struct measurement *m, const struct memory memory[3])
{
    double span = tally.last_ns > m->begin_ns ? (double)(tally.last_ns - m->begin_ns) / 1e9 : 0;
    uint64_t least = UINT64_MAX, most = 0;
    for (int i = 0; i < o->script.clients; i++) {
        int is_open;
        uint64_t n = client_events(i, &is_open);
        if (is_open && n < least)
            least = n;
        if (is_open && n > most)
            most = n;
    }
    const struct histogram *h = &tally.delay;
    printf("{\"url\":\"%s\",\"clients\":%d,\"connected\":%d,\"refused\":%d,\"closed_by_server\":%d,\"stalled\":%d,"
           "\"open_at_end\":%d,",
           o->url, o->script.clients, tally.ready, tally.refused, tally.closed_by_server, tally.stalled, tally.open);
    printf("\"sent\":%llu,\"lost\":%llu,\"missing\":%llu,\"messages\":%llu,\"events\":%llu,\"bytes\":%llu,\"text\":%llu,"
           "\"binary\":%llu,\"control\":%llu,\"bad_frames\":%llu,\"unordered\":%llu,",
           (unsigned long long)m->sent, (unsigned long long)m->lost, (unsigned long long)m->missing,
           (unsigned long long)tally.messages,
           (unsigned long long)tally.events, (unsigned long long)tally.bytes, (unsigned long long)tally.texts,
           (unsigned long long)tally.binaries, (unsigned long long)tally.controls,
           (unsigned long long)tally.bad_frames, (unsigned long long)tally.unordered);
    printf("\"client_events_min\":%llu,\"client_events_max\":%llu,\"seconds\":%.6f,\"events_per_s\":%.1f,",
           (unsigned long long)(least == UINT64_MAX ? 0 : least), (unsigned long long)most, span,
           span > 0 ? (double)tally.events / span : 0);
    printf("\"delay_us\":{\"n\":%llu,\"min\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
           "\"max\":%.1f,\"mean\":%.1f},",
           (unsigned long long)h->count, (double)h->min / 1e3, (double)histogram_at(h, .5) / 1e3,
           (double)histogram_at(h, .9) / 1e3, (double)histogram_at(h, .99) / 1e3,
           (double)histogram_at(h, .999) / 1e3, (double)h->max / 1e3,
           h->count ? (double)h->sum / (double)h->count / 1e3 : 0);
    if (o->server.count)
        printf("\"server\":{\"cpu_s\":%.6f,\"cpu_us_per_event\":%.4f,\"rss_idle_kib\":%ld,\"rss_ready_kib\":%ld,"
               "\"rss_end_kib\":%ld,\"pss_idle_kib\":%ld,\"pss_ready_kib\":%ld,\"pss_end_kib\":%ld},",
               m->server_cpu_s, tally.events ? m->server_cpu_s * 1e6 / (double)tally.events : 0, memory[0].rss,
               memory[1].rss, memory[2].rss, memory[0].pss, memory[1].pss, memory[2].pss);
    printf("\"own_cpu_s\":%.6f}\n", m->own_cpu_s);
}

int main(int argc, char **argv)
{
    static struct options o = {.window = 32, .seconds = 30, .quiet_ms = 1000,
                               .script = {.clients = 10, .connects_at_once = 64, .stamp_key = "\"timestamp\":"}};
    signal(SIGPIPE, SIG_IGN);
    read_options(&o, argc, argv);
    struct driver driver = {.sent = 0};
    if (o.feed)
        feed_open(&driver.feed, o.feed);

    struct memory memory[3] = {memory_now(&o.server)};
    clients_start(&o.script);
    for (uint64_t settled = now_ns() + 100000000u; now_ns() < settled;)
        clients_poll(10); /* replies to greetings and subscriptions are not counted */
    memory[1] = memory_now(&o.server);
    fprintf(stderr, "ready %d\n", tally.ready);
    forget_counts();

    struct measurement m = o.feed ? measure_driven(&o, &driver) : measure_received(&o);
    memory[2] = memory_now(&o.server);
    report(&o, &m, memory);
    return tally.ready == o.script.clients && tally.bad_frames == 0 ? 0 : 1;
}
