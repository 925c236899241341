/* portcount: the minimum cost of reading serial ports. Steps from frame to frame by length and only checks the four bytes
 * at the end of each.
 *
 *     portcount LENGTH TRAILER FRAMES PORT...
 *
 * TRAILER is hexadecimal. Prints "ready"; after FRAMES frames, prints one JSON object and exits. */
#include "common.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <termios.h>

enum { MAX_PORTS = 32, READ_LENGTH = 16 << 10, TRAILER = 4 };

struct port {
    int fd;
    size_t at; /* in the frame */
    uint8_t tail[TRAILER];
};

static uint8_t trailer[TRAILER];
static size_t length;

static uint64_t count_frames(struct port *p, const uint8_t *bytes, size_t count)
{
    uint64_t frames = 0;
    while (count > 0) {
        size_t n = length - p->at < count ? length - p->at : count;
        for (size_t i = p->at + TRAILER > length ? 0 : length - TRAILER - p->at; i < n; i++)
            p->tail[p->at + i - (length - TRAILER)] = bytes[i];
        p->at += n;
        bytes += n;
        count -= n;
        if (p->at < length)
            break;
        if (memcmp(p->tail, trailer, TRAILER) != 0)
            die("a frame ends without the trailer");
        p->at = 0;
        frames++;
    }
    return frames;
}

static double cpu_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct port ports[MAX_PORTS];
    static uint8_t buffer[READ_LENGTH];
    unsigned hex;
    if (argc < 5 || argc - 4 > MAX_PORTS || sscanf(argv[2], "%8x", &hex) != 1)
        die("usage: portcount LENGTH TRAILER FRAMES PORT...");
    length = (size_t)bounded("LENGTH", argv[1], 8, 1 << 16);
    uint64_t wanted = (uint64_t)bounded("FRAMES", argv[3], 1, 100000000), frames = 0;
    for (int i = 0; i < TRAILER; i++)
        trailer[i] = (uint8_t)(hex >> (24 - 8 * i));
    int loop = epoll_create1(EPOLL_CLOEXEC), count = argc - 4;
    for (int i = 0; i < count; i++) {
        struct termios raw;
        ports[i].fd = open(argv[4 + i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (ports[i].fd < 0 || tcgetattr(ports[i].fd, &raw) != 0)
            die("%s: %s", argv[4 + i], strerror(errno));
        cfmakeraw(&raw);
        tcsetattr(ports[i].fd, TCSANOW, &raw);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &ports[i]};
        epoll_ctl(loop, EPOLL_CTL_ADD, ports[i].fd, &event);
    }
    puts("ready");
    fflush(stdout);
    double began = cpu_seconds();
    while (frames < wanted) {
        struct epoll_event events[MAX_PORTS];
        int ready = epoll_wait(loop, events, MAX_PORTS, 10000);
        if (ready <= 0)
            die("timed out after %llu frames", (unsigned long long)frames);
        for (int i = 0; i < ready; i++) {
            struct port *p = events[i].data.ptr;
            ssize_t n = read(p->fd, buffer, sizeof buffer);
            if (n == 0 || (n < 0 && errno != EAGAIN))
                die("a port was closed");
            if (n > 0)
                frames += count_frames(p, buffer, (size_t)n);
        }
    }
    printf("{\"frames\":%llu,\"cpu_s\":%.6f}\n", (unsigned long long)frames, cpu_seconds() - began);
    return 0;
}
