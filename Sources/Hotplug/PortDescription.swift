/// A serial port, as the system describes it.
package struct PortDescription: Hashable, Sendable {
    /// `/dev/ttyUSB0`.
    package let node: String
    /// Where it stands in the tree of devices: no two ports share it at the same time.
    package let systemPath: String
    /// Whether it is there only because something was plugged into USB.
    package var isUSB = false
    package var vendor: UInt16?
    package var product: UInt16?
    /// As the maker burnt it in; nil when there is none, or one that all of them share.
    package var serialNumber: String?
    /// Which of the device's ports it is, for those that have several.
    package var interface = ""
    /// The socket it is plugged into.
    package var place: String?
    /// What the device calls itself.
    package var name: String?
    /// `ftdi_sio`, `cdc_acm`.
    package var driver: String?
    /// The other names under which it can be opened.
    package var links: [String] = []

    package init(node: String, systemPath: String) {
        self.node = node
        self.systemPath = systemPath
    }

    /// `10c4:ea60`; nil when it is not on USB.
    package var usbID: String? {
        guard let vendor, let product else { return nil }
        return Self.hexadecimal(vendor) + ":" + Self.hexadecimal(product)
    }

    private static func hexadecimal(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

extension PortDescription: CustomStringConvertible {
    /// For people: `/dev/ttyUSB0 (CP2102 USB to UART Bridge, 10c4:ea60, serial 0001AB)`.
    package var description: String {
        let facts = [name, usbID, serialNumber.map { "serial \($0)" }].compactMap(\.self)
        return facts.isEmpty ? node : "\(node) (\(facts.joined(separator: ", ")))"
    }
}
