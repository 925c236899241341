// Stands between the gateway and the C library (LD_PRELOAD): a machine without a clock that runs without power, whose time and
// synchronisation a test sets in the file that CLOCK_DOUBLE names.
#define _GNU_SOURCE 1
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

struct state {
    // What is added to the real time, in seconds.
    int64_t offset;
    int64_t is_synchronised;
};

static const volatile struct state *state;

__attribute__((constructor)) static void map_state(void)
{
    int file = open(getenv("CLOCK_DOUBLE"), O_RDONLY | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof *state, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        abort();
    close(file);
    state = memory;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME && state)
        now->tv_sec += state->offset;
    return result;
}

int adjtimex(struct timex *clock)
{
    memset(clock, 0, sizeof *clock);
    clock->status = state->is_synchronised ? 0 : STA_UNSYNC;
    return state->is_synchronised ? TIME_OK : TIME_ERROR;
}

DIR *opendir(const char *path)
{
    if (strcmp(path, "/sys/class/rtc") == 0) {
        errno = ENOENT;
        return NULL;
    }
    DIR *(*next)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return next(path);
}
