/* Delays in ns, 64 steps to each power of two: a step is at most 1.6 % wide. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HIST_STEPS = 64, HIST_OCTAVES = 40 };

struct histogram {
    uint64_t count, sum, min, max, slot[HIST_OCTAVES * HIST_STEPS];
};

static inline void histogram_add(struct histogram *h, uint64_t v)
{
    unsigned octave = v < HIST_STEPS ? 0 : (unsigned)(63 - __builtin_clzll(v)) - 5;
    size_t i = octave == 0 ? (size_t)v
                           : (size_t)octave * HIST_STEPS + (size_t)((v >> (octave - 1)) & (HIST_STEPS - 1));
    if (i >= HIST_OCTAVES * HIST_STEPS)
        i = HIST_OCTAVES * HIST_STEPS - 1;
    h->slot[i]++;
    if (h->count++ == 0 || v < h->min)
        h->min = v;
    if (v > h->max)
        h->max = v;
    h->sum += v;
}

/* The value below which the share q of all values lies. */
static inline uint64_t histogram_at(const struct histogram *h, double q)
{
    uint64_t want = (uint64_t)(q * (double)h->count), seen = 0;
    for (size_t i = 0; i < HIST_OCTAVES * HIST_STEPS; i++) {
        seen += h->slot[i];
        if (seen > want) {
            size_t octave = i / HIST_STEPS, step = i % HIST_STEPS;
            uint64_t v = octave == 0 ? step : (uint64_t)(HIST_STEPS + step) << (octave - 1);
            return v < h->min ? h->min : v > h->max ? h->max : v;
        }
    }
    return h->max;
}

#endif
