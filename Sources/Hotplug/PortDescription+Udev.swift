/// Where facts about a device can be looked up: what udev's rules have found out, and what the kernel itself says of
/// the USB device that the port belongs to.
package protocol UdevAttributes {
    func property(_ name: String) -> String?
    func usbAttribute(_ name: String) -> String?
    /// Of the port itself, among those of one USB interface.
    var portNumber: String? { get }
    var node: String? { get }
    var systemPath: String? { get }
}

extension PortDescription {
    /// Nil for terminals that are no ports: the virtual ones, and those of a PC that exist only on paper.
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

    /// Makers of cheap adapters burn the same number into all of them.
    private static let placeholderSerialNumbers: Set<String> = [
        "0", "1", "12345678", "123456789", "1234567890", "0123456789",
    ]

    private static func serialNumber(_ text: String) -> String? {
        let trimmed = text.drop { $0 == " " || $0 == "0" }
        let isAlike =
            trimmed.isEmpty || placeholderSerialNumbers.contains(text)
            || placeholderSerialNumbers.contains(String(trimmed))
        return isAlike ? nil : text
    }
}
