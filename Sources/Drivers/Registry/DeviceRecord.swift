import Clocks
import Events

/// What is known of one device, by whichever way it is reached.
package struct DeviceRecord: Hashable, Sendable {
    package let id: DeviceID
    package let family: DeviceFamily
    package let transport: DeviceTransport
    /// What it calls itself.
    package var ownName: String?
    /// What the user calls it.
    package var givenName: String?
    package var role: DeviceRole
    package var adoption: Adoption

    package let firstSeen: WallTime
    package var lastSeen: WallTime
    /// The charge in percent, when it was last told.
    package var battery: Int?
    /// Everybody has been told that the charge is low.
    package var hasReportedLowBattery = false

    // What follows is of this run of the gateway, and not kept in the file.

    package var link = Link.absent
    /// The strength of its signal in dBm.
    package var signal: Int?
    package var counts = Counts()
    package var warnings: Set<DeviceWarning> = []
    package var lastDisconnectReason: DeviceEvent.LossReason?
    /// When it was last heard of, by the clock that does not jump.
    package var lastContact: MonotonicTime?

    /// How near it is. The raw value is a stable name.
    package enum Link: String, CaseIterable, Sendable {
        case absent
        /// Heard, but not connected.
        case seen
        case connected
    }

    package struct Counts: Hashable, Sendable {
        /// What it said and was understood.
        var heard: UInt64 = 0
        /// What it said and was not.
        var refused: UInt64 = 0
        var connects: UInt64 = 0
        var losses: UInt64 = 0

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

    /// Whether a text can be the id of a device. Some are what a board says of itself, and that may be anything.
    static func isID(_ text: String) -> Bool {
        1...256 ~= text.utf8.count && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// What people call it.
    package var name: String { givenName ?? ownName ?? id.text }

    /// The record may go to make room: nobody uses it, and nobody has written anything into it.
    package var isDisposable: Bool {
        guard link != .connected, givenName == nil, role == DeviceRole(of: family) else { return false }
        return adoption != .use || transport == .network
    }

    /// What everybody is told. Of a board that sends datagrams nothing is: its readings say that it is there, its user
    /// falls silent, and whoever invents boards shall not flood clients with events that may not be dropped.
    func event(_ change: DeviceEvent.Change) -> DeviceEvent? {
        guard transport != .network else { return nil }
        return DeviceEvent(device: id, family: family, name: ownName, change: change)
    }
}
