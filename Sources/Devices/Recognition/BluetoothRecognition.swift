import Events

/// The parts of an advertisement that identify a device.
package struct BluetoothAdvertisement: Hashable, Sendable {
    package let name: String?
    package let services: [BluetoothUUID]
    /// 48 bits, most significant byte first.
    package let address: UInt64?

    package init(name: String?, services: [BluetoothUUID] = [], address: UInt64? = nil) {
        self.name = name
        self.services = services
        self.address = address
    }
}

/// What an advertisement was identified as.
package enum BluetoothIdentification: Hashable, Sendable {
    case device(DeviceFamily, Confidence, reason: String)
    /// A known device that is easily confused with a supported one.
    case unsupported(reason: String)
    /// No rule matches.
    case unknown

    package enum Confidence: Int, Comparable, Sendable {
        /// Not enough to connect without an explicit decision of the operator.
        case possible
        case likely
        case certain

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }
}

extension BluetoothAdvertisement {
    /// Applies all rules: the one with the highest confidence wins. Two equally confident families leave the device
    /// ambiguous.
    package func identify() -> BluetoothIdentification {
        var best: BluetoothIdentification = .unknown
        for rule in BluetoothRule.all where rule.applies(to: self) {
            switch (rule.identification, best) {
            case (.unsupported, _): return rule.identification
            case (.device(let family, let confidence, _), .device(let other, let bestConfidence, _)):
                if confidence > bestConfidence {
                    best = rule.identification
                } else if confidence == bestConfidence, family != other {
                    best = .device(family, .possible, reason: "ambiguous: it matches two devices")
                }
            case (.device, _): best = rule.identification
            case (.unknown, _): break
            }
        }
        return best
    }
}
