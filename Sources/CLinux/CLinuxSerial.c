#define _GNU_SOURCE 1
#include "CLinuxSerial.h"
#include <asm/ioctls.h>
#include <asm/termios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <linux/tty_flags.h>
#include <stdlib.h>
#include <unistd.h>

// <sys/ioctl.h> would include the C library's termios, which conflicts with the kernel's.
int ioctl(int descriptor, unsigned long request, ...);

static unsigned character_size(int data_bits)
{
    switch (data_bits) {
    case 5: return CS5;
    case 6: return CS6;
    case 7: return CS7;
    default: return CS8;
    }
}

int linux_serial_configure(
    int descriptor, unsigned baud_rate, int data_bits, int parity, int stop_bits, int flow_control)
{
    struct termios2 settings;
    if (ioctl(descriptor, TCGETS2, &settings) != 0)
        return -1;
    settings.c_iflag = IGNBRK;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cflag = CREAD | CLOCAL | character_size(data_bits);
    if (parity != 0)
        settings.c_cflag |= PARENB | (parity == 1 ? PARODD : 0);
    if (stop_bits == 2)
        settings.c_cflag |= CSTOPB;
    if (flow_control)
        settings.c_cflag |= CRTSCTS;
    // BOTHER: any speed as a number, for input and output.
    settings.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
    settings.c_ispeed = baud_rate;
    settings.c_ospeed = baud_rate;
    // With VMIN 0, a read without data would return 0, like the end of the port.
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return ioctl(descriptor, TCSETS2, &settings);
}

int linux_serial_baud_rate(int descriptor)
{
    struct termios2 settings;
    return ioctl(descriptor, TCGETS2, &settings) == 0 ? (int)settings.c_ospeed : -1;
}

int linux_serial_set_lines(int descriptor, int asserted)
{
    int lines = TIOCM_DTR | TIOCM_RTS;
    return ioctl(descriptor, asserted ? TIOCMBIS : TIOCMBIC, &lines);
}

int linux_serial_set_exclusive(int descriptor, int exclusive)
{
    return ioctl(descriptor, exclusive ? TIOCEXCL : TIOCNXCL);
}

int linux_serial_lower_latency(int descriptor)
{
    struct serial_struct settings;
    if (ioctl(descriptor, TIOCGSERIAL, &settings) != 0)
        return -1;
    if (settings.flags & ASYNC_LOW_LATENCY)
        return 0;
    settings.flags |= ASYNC_LOW_LATENCY;
    return ioctl(descriptor, TIOCSSERIAL, &settings);
}

void linux_serial_discard(int descriptor)
{
    ioctl(descriptor, TCFLSH, TCIOFLUSH);
}

int linux_open_pseudo_terminal(char *path, size_t capacity)
{
    int controller = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (controller < 0)
        return -1;
    int failure = grantpt(controller) != 0 || unlockpt(controller) != 0 ? errno : 0;
    if (failure == 0)
        failure = ptsname_r(controller, path, capacity);
    if (failure == 0)
        return controller;
    close(controller);
    errno = failure;
    return -1;
}
