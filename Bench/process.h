/* The cost of a server under test, read from /proc: CPU time of all threads, and memory. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include "common.h"

enum { MAX_PROCESSES = 8 };

struct processes {
    int pid[MAX_PROCESSES], count;
};

static inline double processes_cpu_seconds(const struct processes *p)
{
    double sum = 0;
    for (int i = 0; i < p->count; i++) {
        clockid_t clock;
        struct timespec used;
        if (clock_getcpuclockid(p->pid[i], &clock) == 0 && clock_gettime(clock, &used) == 0)
            sum += (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    }
    return sum;
}

static inline long processes_memory_kib(const struct processes *p, const char *field)
{
    long sum = 0;
    for (int i = 0; i < p->count; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/smaps_rollup", p->pid[i]);
        FILE *f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f))
            if (!strncmp(line, field, strlen(field)))
                sum += atol(line + strlen(field));
        if (f)
            fclose(f);
    }
    return sum;
}

#endif
