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
        for rule in DeviceDrivers.bluetoothRules where rule.applies(to: self) {
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

/// A reason to identify an advertisement as a device: all conditions that are set must hold.
package struct BluetoothRule: Sendable {
    /// A prefix of the name, in capitals.
    private let name: String?
    /// An advertised service.
    private let service: BluetoothUUID?
    /// The organisation identifier (OUI): the upper three bytes of the address.
    private let oui: UInt64?
    let identification: BluetoothIdentification

    /// - Parameter reason: shown to operators.
    init(
        _ family: DeviceFamily, _ confidence: BluetoothIdentification.Confidence, _ reason: String,
        name: String? = nil, service: BluetoothUUID? = nil, oui: UInt64? = nil
    ) {
        self.init(.device(family, confidence, reason: reason), name: name, service: service, oui: oui)
    }

    static func unsupported(_ reason: String, name: String) -> Self {
        Self(.unsupported(reason: reason), name: name, service: nil, oui: nil)
    }

    private init(_ identification: BluetoothIdentification, name: String?, service: BluetoothUUID?, oui: UInt64?) {
        self.identification = identification
        self.name = name
        self.service = service
        self.oui = oui
    }

    func applies(to advertisement: BluetoothAdvertisement) -> Bool {
        if let name, !(advertisement.name?.uppercased().hasPrefix(name) ?? false) { return false }
        if let oui, advertisement.address.map({ $0 >> 24 }) != oui { return false }
        guard let service else { return true }
        return advertisement.services.contains { $0 == service || ($0.short != nil && $0.short == service.short) }
    }
}
