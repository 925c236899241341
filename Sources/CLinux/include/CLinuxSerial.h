// Serial ports at any speed, with the kernel's termios, whose structs conflict with those of the C library.
#ifndef CLINUX_SERIAL_H
#define CLINUX_SERIAL_H

#include <stddef.h>

/// Sets raw mode, speed and frame format: 5 to 8 data bits, `parity` 0 (none), 1 (odd) or 2 (even), 1 or 2 stop bits,
/// RTS/CTS flow control. Afterwards a read returns 0 only if the port was removed, and closing the port does not change
/// its control lines. Returns 0, or -1 with errno.
int linux_serial_configure(
    int descriptor, unsigned baud_rate, int data_bits, int parity, int stop_bits, int flow_control);

/// The actual speed of the driver, or -1 with errno.
int linux_serial_baud_rate(int descriptor);

/// Sets DTR and RTS together. Returns 0, or -1 with errno.
int linux_serial_set_lines(int descriptor, int asserted);

/// Sets or clears exclusive mode, which keeps other processes except root from opening the port.
int linux_serial_set_exclusive(int descriptor, int exclusive);

/// Makes the driver deliver bytes without waiting for more. Returns 0, or -1 with errno.
int linux_serial_lower_latency(int descriptor);

/// Discards unread input and unsent output.
void linux_serial_discard(int descriptor);

/// Opens a pseudo terminal. Returns the non-blocking descriptor of the controlling side and the path of the other.
int linux_open_pseudo_terminal(char *path, size_t capacity);

#endif
