import Events

/// What a device says of itself before anybody connects to it.
package struct BluetoothAdvertisement: Hashable, Sendable {
    package let name: String?
    package let services: [BluetoothUUID]
    /// 48 bits, the first byte of the written form on top.
    package let address: UInt64?

    package init(name: String?, services: [BluetoothUUID] = [], address: UInt64? = nil) {
        self.name = name
        self.services = services
        self.address = address
    }
}

/// What an advertisement is taken for.
package enum BluetoothIdentification: Hashable, Sendable {
    case device(DeviceFamily, Confidence, reason: String)
    /// Known, and not for us: easily mistaken for one of ours.
    case unsupported(reason: String)
    /// Nothing here points to a device that we know.
    case unknown

    package enum Confidence: Int, Comparable, Sendable {
        /// Not enough to connect to it without being told to.
        case possible
        case likely
        case certain

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }
}

extension BluetoothAdvertisement {
    /// Goes through the rules: what is most certain counts. When two families are equally well founded nobody knows.
    package func identify() -> BluetoothIdentification {
        var best: BluetoothIdentification = .unknown
        for rule in BluetoothRule.all where rule.applies(to: self) {
            switch (rule.verdict, best) {
            case (.unsupported, _): return rule.verdict
            case (.device(let family, let confidence, _), .device(let other, let bestConfidence, _)):
                if confidence > bestConfidence {
                    best = rule.verdict
                } else if confidence == bestConfidence, family != other {
                    best = .device(family, .possible, reason: "it looks like two devices at once")
                }
            case (.device, _): best = rule.verdict
            case (.unknown, _): break
            }
        }
        return best
    }
}
