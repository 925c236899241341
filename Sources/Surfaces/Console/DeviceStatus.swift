import Clocks
import Events
import JSON

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

extension JSONWriter {
    /// A device; what is not known is null, so that every device has the same members.
    mutating func value(_ device: DeviceStatus, warning: String? = nil) {
        beginObject()
        member("id", device.id)
        member("name", device.givenName ?? device.ownName ?? device.id)
        member("given_name", device.givenName)
        member("own_name", device.ownName)
        member("family", device.family.rawValue)
        member("transport", device.transport)
        member("role", device.role)
        member("target", device.target)
        member("user", device.user)
        member("state", device.state.rawValue)
        member("link", device.link)
        member("first_seen", device.firstSeen)
        member("last_seen", device.lastSeen)
        member("battery", device.battery)
        member("signal", device.signal)
        member("frames", device.frames)
        member("refused", device.rejects)
        member("losses", device.disconnects)
        member("reconnects", device.reconnects)
        member("last_loss", device.lastDisconnectReason?.rawValue)
        key("notes")
        beginArray()
        for note in device.warnings {
            beginObject()
            member("note", note.name)
            member("text", note.text)
            endObject()
        }
        endArray()
        if let warning { member("warning", warning) }
        endObject()
    }

    private mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    private mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
        key(name)
        if let number { integer(number) } else { null() }
    }
}
