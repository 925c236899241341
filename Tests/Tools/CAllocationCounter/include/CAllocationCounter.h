// Counts the allocations of each thread of the program that this is linked into.
#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdint.h>

/// How often the calling thread has allocated memory.
uint64_t allocation_count(void);

#endif
