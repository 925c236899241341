/* udpflood: sends the datagrams of a file over and over. See README.md. */
#include "sources.h"

enum { BATCH = 64, MAX_DATAGRAMS = 100000 };

static const char usage[] =
    "udpflood -c HOST:PORT -f FILE [-r RATE] [-t SECONDS] [-s ADDRESS+COUNT]\n"
    "  -f FILE    datagrams, each preceded by its length in two bytes, high byte first\n"
    "  -r RATE    datagrams a second, 0 to 1000000 (default 0: as many as possible)\n"
    "  -t SECONDS how long, 1 to 60 (default 5)\n"
    "  -s ADDRESS+COUNT  send from these addresses in turn\n";

static struct iovec datagrams[MAX_DATAGRAMS];

static long split(struct bytes file)
{
    long count = 0;
    for (size_t at = 0; at + 2 <= file.length && count < MAX_DATAGRAMS; count++) {
        size_t length = (size_t)file.data[at] << 8 | file.data[at + 1];
        if (at + 2 + length > file.length)
            die("the last datagram is incomplete");
        datagrams[count] = (struct iovec){file.data + at + 2, length};
        at += 2 + length;
    }
    return count;
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {0};
    struct sources sources = {0, 1};
    struct bytes file = {NULL, 0};
    long rate = 0, seconds = 5;
    int o;
    while ((o = getopt(argc, argv, "c:f:r:t:s:h")) != -1) {
        switch (o) {
        case 'c': parse_host(optarg, "", &to); break;
        case 'f': file = read_file(optarg); break;
        case 'r': rate = bounded("-r", optarg, 0, 1000000); break;
        case 't': seconds = bounded("-t", optarg, 1, 60); break;
        case 's': sources = sources_parse(optarg); break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (!to.sin_port || !file.length)
        die("udpflood: -c and -f are required");
    long count = split(file);

    int sockets[1000];
    for (long i = 0; i < sources.count; i++) {
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (sockets[i] < 0)
            die("socket: %s", strerror(errno));
        sources_bind(&sources, sockets[i], i);
        if (connect(sockets[i], (struct sockaddr *)&to, sizeof to) < 0)
            die("connect: %s", strerror(errno));
    }

    uint64_t start = now_ns(), end = start + (uint64_t)seconds * 1000000000u, sent = 0, failed = 0, now = start;
    long batch = rate > 0 && rate < 20000 ? 1 : BATCH;
    for (long next = 0, turn = 0; now < end; turn++, now = now_ns()) {
        struct mmsghdr messages[BATCH];
        memset(messages, 0, sizeof messages);
        for (long i = 0; i < batch; i++) {
            messages[i].msg_hdr.msg_iov = &datagrams[next];
            messages[i].msg_hdr.msg_iovlen = 1;
            next = (next + 1) % count;
        }
        if (rate > 0) {
            uint64_t due = start + (sent + failed) * 1000000000u / (uint64_t)rate;
            struct timespec ts = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
            while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {}
        }
        int n = sendmmsg(sockets[turn % sources.count], messages, (unsigned)batch, 0);
        if (n > 0)
            sent += (uint64_t)n;
        failed += (uint64_t)(batch - (n > 0 ? n : 0));
    }
    double s = (double)(now - start) / 1e9;
    printf("{\"tool\":\"udpflood\",\"seconds\":%.3f,\"sent\":%llu,\"failed\":%llu,\"per_second\":%.0f}\n", s,
           (unsigned long long)sent, (unsigned long long)failed, (double)sent / s);
    return 0;
}
