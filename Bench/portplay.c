/* portplay: virtual devices on pseudo terminals, which send at the pace of USB: every millisecond, the bytes that a line
 * of that speed transmits in that time.
 *
 *     portplay [-n PORTS] [-r BAUD] [-t SECONDS] DIRECTORY < FRAMES    a device's frames, each preceded by its length
 *     portplay -b RATE [-t SECONDS] DIRECTORY                          heart readings, RATE per second
 *
 * Creates DIRECTORY/port-0 and so on, prints "ready", and starts on any input on standard input (after the frames, which
 * end with a length of zero). A heart reading's timestamp is CLOCK_MONOTONIC in nanoseconds when its line is written.
 * Prints one JSON object at the end. */
#include "common.h"
#include <fcntl.h>
#include <termios.h>

enum { MAX_PORTS = 32, MAX_INPUT = 64 << 20, TICK_NS = 1000000 };

struct port {
    int fd;
    uint64_t sent; /* bytes */
};

static struct port ports[MAX_PORTS];
static uint8_t *stream;
static size_t stream_size, frame_length;

static void open_port(struct port *p, const char *directory, long number)
{
    char path[128], link[4096];
    p->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0 || grantpt(p->fd) != 0 || unlockpt(p->fd) != 0 || ptsname_r(p->fd, path, sizeof path) != 0)
        die("no pseudo terminal: %s", strerror(errno));
    int line = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    if (line < 0 || tcgetattr(line, &raw) != 0)
        die("%s: %s", path, strerror(errno));
    cfmakeraw(&raw);
    tcsetattr(line, TCSANOW, &raw);
    close(line);
    snprintf(link, sizeof link, "%s/port-%ld", directory, number);
    unlink(link);
    if (symlink(path, link) != 0)
        die("%s: %s", link, strerror(errno));
}

static void read_exactly(void *to, size_t count)
{
    if (fread(to, 1, count, stdin) != count)
        die("standard input: expected frames preceded by their lengths, then a length of zero");
}

/* All frames in sequence; they must have the same length. */
static void read_frames(void)
{
    stream = malloc(MAX_INPUT);
    if (!stream)
        die("no memory");
    for (;;) {
        uint8_t head[4];
        read_exactly(head, sizeof head);
        size_t length = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        if (length == 0)
            break;
        if ((frame_length && length != frame_length) || length > MAX_INPUT - stream_size)
            die("standard input: expected frames of one length");
        frame_length = length;
        read_exactly(stream + stream_size, length);
        stream_size += length;
    }
    if (stream_size == 0)
        die("standard input: expected at least one frame");
}

static void sleep_until(uint64_t ns)
{
    struct timespec ts = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {
    }
}

/* Sends what is due; returns how many due bytes the port has not accepted yet. */
static uint64_t proceed(struct port *p, uint64_t due)
{
    while (p->sent < due) {
        size_t at = (size_t)(p->sent % stream_size), count = stream_size - at;
        if (count > due - p->sent)
            count = (size_t)(due - p->sent);
        ssize_t n = write(p->fd, stream + at, count);
        if (n <= 0)
            break;
        p->sent += (uint64_t)n;
    }
    return due - p->sent;
}

static void play_frames(long count, long baud, long seconds)
{
    /* Whole frames; a byte takes ten bits on the line. */
    uint64_t rate = (uint64_t)baud / 10, all = rate * (uint64_t)seconds / frame_length * frame_length;
    uint64_t began = now_ns(), behind = 0, open = (uint64_t)count * all;
    for (uint64_t tick = 1; open > 0; tick++) {
        sleep_until(began + tick * TICK_NS);
        uint64_t due = (now_ns() - began) / 1000 * rate / 1000000;
        if (due > all)
            due = all;
        open = 0;
        for (long i = 0; i < count; i++) {
            uint64_t late = proceed(&ports[i], due);
            if (late > behind)
                behind = late;
            open += all - ports[i].sent;
        }
        if (tick > (uint64_t)(seconds + 10) * 1000)
            die("the ports do not keep up with %ld baud", baud);
    }
    printf("{\"frames\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"most_behind\":%llu}\n",
           (unsigned long long)((uint64_t)count * all / frame_length), (unsigned long long)((uint64_t)count * all),
           (double)(now_ns() - began) / 1e9, (unsigned long long)behind);
}

static void play_heart(long rate, long seconds)
{
    uint64_t began = now_ns(), step = 1000000000u / (uint64_t)rate, count = (uint64_t)rate * (uint64_t)seconds;
    for (uint64_t i = 0; i < count; i++) {
        char line[128];
        sleep_until(began + i * step);
        int n = snprintf(line, sizeof line, "Sent: {\"user\":1,\"bpm\":72,\"timestamp\":%llu}\r\n",
                         (unsigned long long)now_ns());
        if (write(ports[0].fd, line, (size_t)n) != n)
            die("the port's buffer is full");
    }
    printf("{\"readings\":%llu,\"seconds\":%.3f}\n", (unsigned long long)count, (double)(now_ns() - began) / 1e9);
}

int main(int argc, char **argv)
{
    long count = 1, baud = 115200, seconds = 5, beats = 0;
    int option;
    while ((option = getopt(argc, argv, "n:r:t:b:")) != -1) {
        switch (option) {
        case 'n': count = bounded("-n", optarg, 1, MAX_PORTS); break;
        case 'r': baud = bounded("-r", optarg, 300, 12000000); break;
        case 't': seconds = bounded("-t", optarg, 1, 120); break;
        case 'b': beats = bounded("-b", optarg, 1, 10000); break;
        default: die("usage: portplay [-n PORTS] [-r BAUD] [-t SECONDS] [-b RATE] DIRECTORY");
        }
    }
    if (optind + 1 != argc)
        die("usage: portplay [-n PORTS] [-r BAUD] [-t SECONDS] [-b RATE] DIRECTORY");
    if (!beats)
        read_frames();
    for (long i = 0; i < count; i++)
        open_port(&ports[i], argv[optind], i);
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF)
        return 0;
    if (beats)
        play_heart(beats, seconds);
    else
        play_frames(count, baud, seconds);
    fflush(stdout);
    /* Closing a port discards unread bytes, so wait until standard input is closed. */
    getchar();
    while (getchar() != EOF) {
    }
    return 0;
}
