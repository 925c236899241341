/* portdelay: the age of heart readings when a program that only reads the port receives them.
 *
 *     portdelay READINGS PORT
 *
 * Finds "timestamp": in each line, which is the sender's CLOCK_MONOTONIC in nanoseconds. Prints "ready", and one JSON
 * object after READINGS readings. */
#include "common.h"
#include "histogram.h"
#include <fcntl.h>
#include <poll.h>
#include <termios.h>

static const char key[] = "\"timestamp\":";

int main(int argc, char **argv)
{
    static struct histogram delays;
    static char line[4096];
    size_t held = 0;
    struct termios raw;
    if (argc != 3)
        die("usage: portdelay READINGS PORT");
    uint64_t wanted = (uint64_t)bounded("READINGS", argv[1], 1, 10000000);
    struct pollfd port = {.fd = open(argv[2], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
    if (port.fd < 0 || tcgetattr(port.fd, &raw) != 0)
        die("%s: %s", argv[2], strerror(errno));
    cfmakeraw(&raw);
    tcsetattr(port.fd, TCSANOW, &raw);
    puts("ready");
    fflush(stdout);
    while (delays.count < wanted) {
        if (poll(&port, 1, 10000) != 1)
            die("timed out after %llu readings", (unsigned long long)delays.count);
        ssize_t n = read(port.fd, line + held, sizeof line - 1 - held);
        if (n <= 0)
            die("the port was closed");
        uint64_t now = now_ns();
        held += (size_t)n;
        line[held] = 0;
        char *end;
        while ((end = strchr(line, '\n'))) {
            char *stamp = strstr(line, key);
            if (stamp && stamp < end)
                histogram_add(&delays, now - strtoull(stamp + sizeof key - 1, NULL, 10));
            held -= (size_t)(end + 1 - line);
            memmove(line, end + 1, held + 1);
        }
        if (held == sizeof line - 1)
            die("a line is too long");
    }
    printf("{\"readings\":%llu,\"delay_us\":{\"p50\":%.1f,\"p99\":%.1f}}\n", (unsigned long long)delays.count,
           (double)histogram_at(&delays, 0.5) / 1e3, (double)histogram_at(&delays, 0.99) / 1e3);
    return 0;
}
