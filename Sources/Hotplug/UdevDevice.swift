import CUdev

/// Sources of facts about a port: udev properties, and the kernel's attributes of the USB device that it belongs to.
package protocol UdevAttributes {
    func property(_ name: String) -> String?
    func usbAttribute(_ name: String) -> String?
    /// The number of the port on its USB interface, for adapters with several.
    var portNumber: String? { get }
    var node: String? { get }
    var systemPath: String? { get }
}

extension PortDescription {
    /// Nil for terminals that are not ports: virtual ones, and the 8250 placeholders of a PC without hardware.
    package init?(_ facts: some UdevAttributes) {
        guard let node = facts.node, let systemPath = facts.systemPath,
            !systemPath.contains("/devices/virtual/"), !systemPath.contains("/serial8250")
        else { return nil }
        self.init(node: node, systemPath: systemPath)
        vendor = (facts.property("ID_VENDOR_ID") ?? facts.usbAttribute("idVendor")).flatMap { UInt16($0, radix: 16) }
        product = (facts.property("ID_MODEL_ID") ?? facts.usbAttribute("idProduct")).flatMap { UInt16($0, radix: 16) }
        isUSB = facts.property("ID_BUS") == "usb" || facts.usbAttribute("idVendor") != nil
        serialNumber = (facts.property("ID_SERIAL_SHORT") ?? facts.usbAttribute("serial")).flatMap(Self.serialNumber)
        let number = facts.portNumber.flatMap { $0 == "0" ? nil : $0 }
        interface = [facts.property("ID_USB_INTERFACE_NUM"), number].compactMap(\.self).joined(separator: ".")
        place = facts.property("ID_PATH")
        name =
            facts.property("ID_MODEL_FROM_DATABASE") ?? facts.usbAttribute("product") ?? facts.property("ID_MODEL")
        driver = facts.property("ID_USB_DRIVER")
        links = (facts.property("DEVLINKS") ?? "").split(separator: " ").map(String.init).sorted()
    }

    /// Numbers that makers of cheap adapters burn into every unit.
    private static let placeholderSerialNumbers: Set<String> = [
        "0", "1", "12345678", "123456789", "1234567890", "0123456789",
    ]

    private static func serialNumber(_ text: String) -> String? {
        let trimmed = text.drop { $0 == " " || $0 == "0" }
        let isPlaceholder =
            trimmed.isEmpty || placeholderSerialNumbers.contains(text)
            || placeholderSerialNumbers.contains(String(trimmed))
        return isPlaceholder ? nil : text
    }
}

/// Owns one libudev device.
final class UdevDevice {
    private let device: OpaquePointer

    /// Takes ownership of the reference.
    init?(_ device: OpaquePointer?) {
        guard let device else { return nil }
        self.device = device
    }

    deinit {
        udev_device_unref(device)
    }

    /// The event's action (`add`, `remove`, `move`, …), for a device that came with an event.
    var action: String? { text(udev_device_get_action(device)) }

    /// Whether udev's rules have run: only then are links, permissions and properties final.
    var isReady: Bool { udev_device_get_is_initialized(device) > 0 }

    /// The sysfs path before a move.
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

    // libudev's parents are borrowed from the child and must not be unreferenced.

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
