/* serialflood: a pseudo terminal whose far end sends noise as fast as it is read. See README.md. */
#include "common.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

static const char usage[] =
    "serialflood [-t SECONDS] LINK\n"
    "  -t SECONDS how long, 1 to 60 (default 5)\n"
    "  LINK       a symbolic link to create; it leads to the terminal. The noise begins with a line on standard input.\n";

int main(int argc, char **argv)
{
    long seconds = 5;
    int o;
    while ((o = getopt(argc, argv, "t:h")) != -1) {
        switch (o) {
        case 't': seconds = bounded("-t", optarg, 1, 60); break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (optind + 1 != argc)
        die("serialflood: name the link");
    int port = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (port < 0 || grantpt(port) < 0 || unlockpt(port) < 0)
        die("cannot open a pseudo terminal: %s", strerror(errno));
    const char *name = ptsname(port);
    /* Open until the end, so that the port never looks unplugged. */
    int held = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    if (held < 0 || tcgetattr(held, &raw) < 0)
        die("%s: %s", name, strerror(errno));
    cfmakeraw(&raw);
    tcsetattr(held, TCSANOW, &raw);
    if (symlink(name, argv[optind]) < 0)
        die("%s: %s", argv[optind], strerror(errno));
    puts("ready");
    fflush(stdout);
    char line[16];
    if (!fgets(line, sizeof line, stdin))
        return 0;

    static uint8_t noise[1 << 16];
    uint64_t state = 88172645463325252u, written = 0, start = now_ns(), end = start + (uint64_t)seconds * 1000000000u;
    for (size_t i = 0; i < sizeof noise; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise[i] = (uint8_t)state;
    }
    for (size_t at = 0; now_ns() < end;) {
        struct pollfd writable = {port, POLLOUT, 0};
        if (poll(&writable, 1, 10) <= 0)
            continue;
        ssize_t n = write(port, noise + at, sizeof noise - at);
        if (n <= 0)
            continue;
        written += (uint64_t)n;
        at = (at + (size_t)n) % sizeof noise;
    }
    double s = (double)(now_ns() - start) / 1e9;
    printf("{\"tool\":\"serialflood\",\"seconds\":%.3f,\"bytes\":%llu,\"per_second\":%.0f}\n", s,
           (unsigned long long)written, (double)written / s);
    return 0;
}
