// The kernel's Bluetooth ABI, from the headers of BlueZ (libbluetooth-dev). The library itself is not linked.
#ifndef CBLUETOOTH_H
#define CBLUETOOTH_H

// BlueZ's headers use _IOW and _IOR without including their definition.
#include <sys/ioctl.h>
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>

/// The fixed L2CAP channel of the Attribute Protocol (Core specification, volume 3, part A, table 2.2). BlueZ does not
/// install its own definition.
enum { BLUETOOTH_ATT_CID = 4 };

/// Switches an adapter off and on again without the management interface. Blocks until the controller answers.
/// Returns 0 or an error number.
int bluetooth_reset_adapter(uint16_t number);

#endif
