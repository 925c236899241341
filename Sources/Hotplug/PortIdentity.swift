/// By what a port is known again: by the serial number of what is plugged in, wherever that is; else by the socket,
/// whatever is plugged in there.
package enum PortIdentity: Hashable, Sendable {
    case serialNumber(String)
    case place(String)
    /// Nothing else is known: a port of the board itself, or a system without udev.
    case node(String)

    /// As it stands in events, logs, files and addresses: one word without a slash.
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
    /// What the port may be known by, the best first.
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

    /// Whatever a device says of itself becomes one word that no file format or log can stumble over.
    private static func word(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(200).map { byte in
                let isPlain = byte > 0x20 && byte < 0x7F && !"\"'\\/,".utf8.contains(byte)
                return isPlain ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }
}

/// A port and what it is known by.
package struct KnownPort: Hashable, Sendable {
    package let identity: PortIdentity
    package let description: PortDescription

    package init(_ description: PortDescription, as identity: PortIdentity) {
        self.description = description
        self.identity = identity
    }
}
