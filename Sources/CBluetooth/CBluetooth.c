#define _GNU_SOURCE 1
#include "CBluetooth.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int bluetooth_reset_adapter(uint16_t number)
{
    int descriptor = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
    if (descriptor < 0)
        return errno;
    // An adapter that is already down or up is fine.
    ioctl(descriptor, HCIDEVDOWN, (unsigned long)number);
    int failure = ioctl(descriptor, HCIDEVUP, (unsigned long)number) < 0 && errno != EALREADY ? errno : 0;
    close(descriptor);
    return failure;
}
