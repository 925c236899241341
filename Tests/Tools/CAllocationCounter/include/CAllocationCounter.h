// Counts the allocations of the program that this is linked into.
#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdint.h>

/// How often the program has asked for memory since its start, in all threads.
uint64_t allocation_count(void);

#endif
