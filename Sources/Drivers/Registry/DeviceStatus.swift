import Clocks
import Events

/// One device, for people and scripts.
package struct DeviceStatus: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case inUse = "in_use"
        /// It waits for the user to adopt it.
        case waiting
        case listed
        case forgotten
    }

    package var id: String
    package var family: DeviceFamily
    /// `bluetooth`, `serial`, `network`.
    package var transport: String
    package var ownName: String?
    package var givenName: String?
    package var role: String
    package var target: String?
    package var user: Int64?
    package var state: State
    /// `absent`, `seen`, `connected`.
    package var link: String
    package var firstSeen: WallTime
    package var lastSeen: WallTime
    package var battery: Int?
    package var signal: Int?
    package var frames: UInt64 = 0
    package var rejects: UInt64 = 0
    package var disconnects: UInt64 = 0
    package var reconnects: UInt64 = 0
    package var lastDisconnectReason: DeviceEvent.LossReason?
    /// A stable name and a sentence for each.
    package var warnings: [Warning] = []

    package struct Warning: Hashable, Sendable {
        package let name: String
        package let text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    package init(
        id: String, family: DeviceFamily, transport: String, role: String, state: State, link: String,
        firstSeen: WallTime, lastSeen: WallTime
    ) {
        self.id = id
        self.family = family
        self.transport = transport
        self.role = role
        self.state = state
        self.link = link
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}
