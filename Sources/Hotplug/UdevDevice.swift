import CUdev

/// One of libudev's devices, given back when nobody needs it any more.
final class UdevDevice {
    private let device: OpaquePointer

    /// Takes over what libudev gave.
    init?(_ device: OpaquePointer?) {
        guard let device else { return nil }
        self.device = device
    }

    deinit {
        udev_device_unref(device)
    }

    /// What has happened to it, for a device that came with an event.
    var action: String? { text(udev_device_get_action(device)) }

    /// Whether udev's rules have been through it: only then are names, groups and properties what they will be.
    var isReady: Bool { udev_device_get_is_initialized(device) > 0 }

    /// Where it stood before it was moved.
    var formerSystemPath: String? { property("DEVPATH_OLD").map { "/sys\($0)" } }

    private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}

extension UdevDevice: UdevAttributes {
    var node: String? { text(udev_device_get_devnode(device)) }
    var systemPath: String? { text(udev_device_get_syspath(device)) }

    func property(_ name: String) -> String? {
        text(udev_device_get_property_value(device, name))
    }

    // Parents belong to their child: they are not given back.

    func usbAttribute(_ name: String) -> String? {
        guard let parent = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device") else {
            return nil
        }
        return text(udev_device_get_sysattr_value(parent, name))
    }

    var portNumber: String? {
        guard let parent = udev_device_get_parent_with_subsystem_devtype(device, "usb-serial", nil) else { return nil }
        return text(udev_device_get_sysattr_value(parent, "port_number"))
    }
}
