/* evsend: sends heart-rate events to a server at a steady rate (open loop). See README.md. */
#include "feed.h"

static const char usage[] =
    "evsend [-f FEED] [-r RATE] [-b BURST] [-c COUNT] [-l BYTES] [-w]\n"
    "  -f FEED   udp:HOST:PORT (default udp:127.0.0.1:8888), mqtt:, nats: or socketio: (see README)\n"
    "  -r RATE   events a second, 1 to 1000000 (default 1000)\n"
    "  -b BURST  events sent back to back at each tick, 1 to 10000 (default 1)\n"
    "  -c COUNT  events in all, 1 to 10000000 (default 1000); COUNT/RATE may be 600 s at most\n"
    "  -l BYTES  pad each event to this many bytes, up to 1400 (default: no padding)\n"
    "  -w        prints \"ready\" once connected, and waits for a line on its standard input\n";

int main(int argc, char **argv)
{
    const char *spec = "udp:127.0.0.1:8888";
    long rate = 1000, burst = 1, count = 1000, pad = 0;
    int o, waits = 0;
    while ((o = getopt(argc, argv, "f:r:b:c:l:wh")) != -1) {
        switch (o) {
        case 'f': spec = optarg; break;
        case 'r': rate = bounded("-r", optarg, 1, 1000000); break;
        case 'b': burst = bounded("-b", optarg, 1, 10000); break;
        case 'c': count = bounded("-c", optarg, 1, 10000000); break;
        case 'l': pad = bounded("-l", optarg, 0, 1400); break;
        case 'w': waits = 1; break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (count / rate > 600)
        die("evsend: %ld events at %ld a second is over 600 s", count, rate);

    struct feed feed;
    feed_open(&feed, spec);
    if (waits) {
        char line[8];
        puts("ready");
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            die("evsend: the standard input ended");
    }
    uint64_t start = now_ns(), late_max = 0;
    for (long i = 0; i < count; i++) {
        if (i % burst == 0) {
            uint64_t due = start + (uint64_t)i * 1000000000u / (uint64_t)rate;
            struct timespec ts = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
            while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {}
            uint64_t late = now_ns() - due;
            if (late > late_max)
                late_max = late;
        }
        feed_event(&feed, (uint64_t)i, now_ns(), (size_t)pad);
    }
    double s = (double)(now_ns() - start) / 1e9;
    printf("{\"tool\":\"evsend\",\"feed\":\"%s\",\"events\":%ld,\"seconds\":%.6f,"
           "\"events_per_s\":%.1f,\"worst_late_us\":%.1f}\n",
           spec, count, s, (double)count / s, (double)late_max / 1e3);
    return 0;
}
