/* framecopy: the cost of copying alone. Reads a device's frames from standard input, each preceded by its length (32
 * bits, little-endian), and copies them one by one into a buffer, repeatedly, for a given CPU time.
 *
 *     decoder-speed LOAD --frames | framecopy SECONDS
 *
 * Prints one JSON object. Decoders are compared with it, because copying is the least that can be done with received
 * bytes. */
#include "common.h"

enum { MAX_INPUT = 64 << 20, MAX_FRAME = 1 << 16 };

static double cpu_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint32_t length_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Returns the number of frames; exits if the input is malformed. */
static uint64_t checked(const uint8_t *input, size_t size)
{
    uint64_t frames = 0;
    size_t at = 0;
    while (size - at >= 4) {
        uint32_t length = length_at(input + at);
        if (length == 0 || length > MAX_FRAME || length > size - at - 4)
            break;
        at += 4 + length;
        frames++;
    }
    if (frames == 0 || at != size)
        die("standard input: want frames behind their lengths");
    return frames;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: framecopy SECONDS < FRAMES");
    double limit = (double)bounded("SECONDS", argv[1], 1, 60);
    uint8_t *input = malloc(MAX_INPUT);
    static uint8_t buffer[MAX_FRAME];
    if (!input)
        die("no memory");
    size_t size = fread(input, 1, MAX_INPUT, stdin);
    uint64_t frames = checked(input, size), rounds = 0, sum = 0;
    double began = cpu_seconds(), used = 0;
    while (used < limit) {
        for (size_t at = 0; at < size;) {
            uint32_t length = length_at(input + at);
            memcpy(buffer, input + at + 4, length);
            /* Keeps the compiler from removing the copy. */
            __asm__ volatile("" : : "r"(buffer) : "memory");
            sum += buffer[length - 1];
            at += 4 + length;
        }
        rounds++;
        used = cpu_seconds() - began;
    }
    printf("{\"frames\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"sum\":%llu}\n", (unsigned long long)(rounds * frames),
           (unsigned long long)(rounds * (size - 4 * frames)), used, (unsigned long long)sum);
    free(input);
    return 0;
}
