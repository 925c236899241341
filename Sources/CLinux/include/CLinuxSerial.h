// Serial ports at any speed: what needs the kernel's own termios, whose structs clash with those of the C library.
#ifndef CLINUX_SERIAL_H
#define CLINUX_SERIAL_H

#include <stddef.h>

/// Makes a terminal raw and sets speed and frame: any speed, 5 to 8 data bits, `parity` 0 for none, 1 for odd and 2 for
/// even, 1 or 2 stop bits, flow control by RTS and CTS if wanted. A read then returns 0 only when the port is gone, and
/// closing the port leaves its control lines as they are. Returns 0, or -1 with errno.
int linux_serial_configure(
    int descriptor, unsigned baud_rate, int data_bits, int parity, int stop_bits, int flow_control);

/// The speed that the driver has really set, or -1 with errno.
int linux_serial_baud_rate(int descriptor);

/// Switches DTR and RTS both on or both off, in one request. Returns 0, or -1 with errno.
int linux_serial_set_lines(int descriptor, int asserted);

/// Keeps others from opening the port, or lets them again. (Root may all the same.)
int linux_serial_set_exclusive(int descriptor, int exclusive);

/// Asks the driver to hand over bytes without waiting for more of them. Returns 0, or -1 with errno.
int linux_serial_lower_latency(int descriptor);

/// Forgets what came in and was not read, and what was written and is not sent.
void linux_serial_discard(int descriptor);

/// Makes a pseudo terminal; returns the descriptor of its controlling side, non-blocking, and the path of the other.
int linux_open_pseudo_terminal(char *path, size_t capacity);

#endif
