import Clocks
import Configuration
import Devices
import Events

/// What the gateway knows about one device.
package struct DeviceRecord: Hashable, Sendable {
    package let id: DeviceID
    package let family: DeviceFamily
    package let transport: DeviceTransport
    /// The device's own name.
    package var ownName: String?
    /// The operator's name for it.
    package var givenName: String?
    package var role: DeviceRole
    package var adoption: Adoption

    /// For a device that was never received: when the operator added it.
    package let firstSeen: WallTime
    package var lastSeen: WallTime
    /// False while an operator has added the device, but nothing was received from it. Its family is then an assumption.
    package var wasReceived = true
    /// The last reported charge in percent.
    package var battery: Int?
    /// `batteryLow` has been published since the last charge.
    package var hasReportedLowBattery = false
    /// When it fell silent with an almost empty battery, until an operator has seen that.
    package var died: WallTime?

    // The properties below are not persisted.

    package var link = Link.absent
    /// Signal strength in dBm.
    package var signal: Int?
    package var counts = Counts()
    package var warnings: Set<DeviceWarning> = []
    package var lastDisconnectReason: DeviceEvent.LossReason?
    /// `lastSeen` on the monotonic clock.
    package var lastContact: MonotonicTime?

    /// The raw value is a stable name.
    package enum Link: String, CaseIterable, Sendable {
        case absent
        /// Received, but not connected.
        case seen
        case connected
    }

    package struct Counts: Hashable, Sendable {
        /// Decoded frames, lines or readings.
        var accepted: UInt64 = 0
        var rejected: UInt64 = 0
        var connects: UInt64 = 0
        var disconnects: UInt64 = 0

        var reconnects: UInt64 { connects > 0 ? connects - 1 : 0 }
    }

    init(
        _ id: DeviceID, family: DeviceFamily, transport: DeviceTransport, adoption: Adoption, firstSeen: WallTime
    ) {
        self.id = id
        self.family = family
        self.transport = transport
        self.adoption = adoption
        self.firstSeen = firstSeen
        lastSeen = firstSeen
        role = DeviceRole(of: family)
    }

    /// Whether a text is a valid device id. Some ids come from the devices themselves and can contain anything.
    static func isID(_ text: String) -> Bool {
        1...256 ~= text.utf8.count && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The name to display.
    package var name: String { givenName ?? ownName ?? id.text }

    /// The record may be dropped to make room: the device is not in use, and the operator has changed nothing.
    package var isDisposable: Bool {
        guard link != .connected, isUndecided else { return false }
        return adoption != .use || transport == .network
    }

    /// The operator has neither named nor assigned the device.
    var isUndecided: Bool { givenName == nil && role == DeviceRole(of: family) }

    /// The event to publish. Nil for boards that send datagrams: their readings already show presence, and forged
    /// senders must not flood clients with events that are never dropped.
    func event(_ change: DeviceEvent.Change) -> DeviceEvent? {
        guard transport != .network else { return nil }
        return DeviceEvent(device: id, family: family, name: ownName, change: change)
    }
}

/// The raw value is a stable name.
package enum DeviceTransport: String, CaseIterable, Sendable {
    case bluetooth
    case serial
    /// Connectionless datagrams.
    case network
}

/// Whether the gateway uses a device. The raw value is a stable name, also in the device file.
package enum Adoption: String, CaseIterable, Sendable {
    case use
    /// Waits for the operator to adopt it.
    case ask
    /// Listed, but not used until the operator adopts it.
    case ignore
    /// Removed by the operator: never adopted automatically, whatever the policy.
    case forgotten

    /// The adoption of a newly discovered device.
    package init(_ policy: Configuration.Devices.Adopt) {
        switch policy {
        case .adopt: self = .use
        case .ask: self = .ask
        case .list: self = .ignore
        }
    }
}

package enum DeviceRole: Hashable, Sendable {
    case timer
    /// Measures the impacts on a target; nil while unassigned.
    case sensor(target: String?)
    /// Measures the heart rate of a user; nil while unassigned.
    case heart(user: Int64?)
    case mat
    case phone
    /// Reports measurements that the gateway only passes on.
    case meter

    /// The unassigned role of a family.
    init(of family: DeviceFamily) {
        switch DeviceDrivers.driver(of: family)?.role {
        case .timer: self = .timer
        case .sensor: self = .sensor(target: nil)
        case .heart: self = .heart(user: nil)
        case .mat: self = .mat
        case .phone: self = .phone
        case .meter, nil: self = .meter
        }
    }

    /// A stable name.
    package var name: String {
        switch self {
        case .timer: "timer"
        case .sensor: "sensor"
        case .heart: "heart"
        case .mat: "mat"
        case .phone: "phone"
        case .meter: "meter"
        }
    }

    package var target: String? {
        if case .sensor(let target) = self { target } else { nil }
    }

    var user: Int64? {
        if case .heart(let user) = self { user } else { nil }
    }

    func assigned(to target: String?) -> Self {
        if case .sensor = self { .sensor(target: target) } else { self }
    }

    func assigned(to user: Int64?) -> Self {
        if case .heart = self { .heart(user: user) } else { self }
    }
}

/// A problem of a device that an operator should know about while it lasts. The raw value is a stable name.
package enum DeviceWarning: String, CaseIterable, Comparable, Sendable {
    /// The timer does not push events, so it is polled.
    case pushesOff = "pushes_off"
    /// The sample rate is lower than configured.
    case slowRate = "slow_rate"
    /// Connecting to it has failed several times.
    case unreachable

    var text: String {
        switch self {
        case .pushesOff: "does not push events, so it is polled: enable its push mode"
        case .slowRate: "measures at a lower rate than configured"
        case .unreachable: "cannot be connected: several attempts failed"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
