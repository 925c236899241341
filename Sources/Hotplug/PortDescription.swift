import Text

/// What the system knows about a serial port.
package struct PortDescription: Hashable, Sendable {
    /// `/dev/ttyUSB0`.
    package let node: String
    /// The sysfs path, unique among present ports.
    package let systemPath: String
    package var isUSB = false
    package var vendor: UInt16?
    package var product: UInt16?
    /// Nil if there is none, or only a placeholder that many units share.
    package var serialNumber: String?
    /// Distinguishes the ports of a device with several.
    package var interface = ""
    /// The USB socket (udev's `ID_PATH`).
    package var place: String?
    /// The product name.
    package var name: String?
    /// `ftdi_sio`, `cdc_acm`.
    package var driver: String?
    /// Symbolic links to the node.
    package var links: [String] = []

    package init(node: String, systemPath: String) {
        self.node = node
        self.systemPath = systemPath
    }

    /// `10c4:ea60`; nil if it is not a USB port.
    package var usbID: String? {
        guard let vendor, let product else { return nil }
        return [vendor, product].map { Hexadecimal.text(UInt64($0), digits: 4) }.joined(separator: ":")
    }
}

extension PortDescription: CustomStringConvertible {
    /// `/dev/ttyUSB0 (CP2102 USB to UART Bridge, 10c4:ea60, serial 0001AB)`.
    package var description: String {
        let facts = [name, usbID, serialNumber.map { "serial \($0)" }].compactMap(\.self)
        return facts.isEmpty ? node : "\(node) (\(facts.joined(separator: ", ")))"
    }
}

/// What identifies a port across replugs: the serial number of the device, or the USB socket if it has none.
package enum PortIdentity: Hashable, Sendable {
    case serialNumber(String)
    case place(String)
    /// For a built-in port, a named pseudo terminal, or a system without udev.
    case node(String)

    /// The form used in events, logs, files and URLs: one word without a slash.
    package var text: String {
        switch self {
        case .serialNumber(let text), .place(let text): "usb-\(text)"
        case .node(let node): "port-\(Self.words(of: node))"
        }
    }

    /// `ttyAMA0` of `/dev/ttyAMA0`, `run-range-mat` of `/run/range/mat`.
    private static func words(of path: String) -> String {
        let names = path.split(separator: "/")
        return (names.first == "dev" ? names.dropFirst() : names[...]).joined(separator: "-")
    }
}

extension PortDescription {
    /// The possible identities, best first.
    package var identities: [PortIdentity] {
        let suffix = interface.isEmpty ? "" : "-\(interface)"
        var identities: [PortIdentity] = []
        if let usbID, let serialNumber {
            identities.append(.serialNumber(Self.word("\(usbID)-\(serialNumber)\(suffix)")))
        }
        if let place {
            identities.append(.place(Self.word("\(usbID.map { "\($0)-" } ?? "")\(place)\(suffix)")))
        }
        return identities + [.node(node)]
    }

    /// Replaces characters in a device's self-description that could break a file format or a log line.
    private static func word(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(200).map { byte in
                let isPlain = byte > 0x20 && byte < 0x7F && !"\"'\\/,".utf8.contains(byte)
                return isPlain ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }
}

/// A port and the identity chosen for it.
package struct KnownPort: Hashable, Sendable {
    package let identity: PortIdentity
    package let description: PortDescription

    package init(_ description: PortDescription, as identity: PortIdentity) {
        self.description = description
        self.identity = identity
    }
}
