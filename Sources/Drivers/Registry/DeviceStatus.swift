import Clocks
import Events
import Logging
import Reactor

/// One device, as the API reports it.
package struct DeviceStatus: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case inUse = "in_use"
        /// Waits for the operator to adopt it.
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
    /// Nil for a device that was added by an operator and never received.
    package var firstSeen: WallTime?
    package var lastSeen: WallTime?
    package var battery: Int?
    /// When it fell silent with an almost empty battery, until somebody has seen that.
    package var died: WallTime?
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
        firstSeen: WallTime?, lastSeen: WallTime?
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

extension DeviceRegistry {
    package var devices: [DeviceStatus] { records.map(DeviceStatus.init) }

    package func device(_ id: String) -> DeviceStatus? { self[DeviceID(id)].map(DeviceStatus.init) }

    package func apply(_ request: DeviceRequest, to id: String, client: String) throws(DeviceRequestError) {
        do throws(DeviceDecisionError) {
            let outcome = try decide(DeviceID(id), DeviceDecision(request))
            let words = outcome.words + (request.forget ? ["forgotten"] : [])
            let change = words.isEmpty ? "unchanged" : words.joined(separator: ", ")
            let name = self[DeviceID(id)].map { " (\($0.name))" } ?? ""
            Log.info("\(client): device \(id)\(name) \(change)", ["SOURCE": id, "CLIENT": client])
        } catch .unknownDevice {
            throw .unknownDevice
        } catch {
            throw .unsupported(error.text)
        }
    }

    package func waitUntilSaved() async -> String? { await flush()?.description }
}

extension DeviceDecision {
    init(_ request: DeviceRequest) {
        switch request.name {
        case .unchanged: break
        case .remove: name = ""
        case .set(let text): name = text
        }
        switch request.target {
        case .unchanged: break
        case .remove: target = ""
        case .set(let text): target = text
        }
        switch request.user {
        case .unchanged: break
        case .remove: user = .some(nil)
        case .set(let number): user = number
        }
        role = request.role
        adopt = request.adopt
        forget = request.forget
        seen = request.seen
    }
}

extension DeviceDecisionOutcome {
    fileprivate var words: [String] {
        let words: [(Self, String)] = [
            (.adopted, "adopted"), (.released, "released"), (.renamed, "renamed"), (.reassigned, "reassigned"),
        ]
        return words.filter { contains($0.0) }.map(\.1)
    }
}

extension DeviceStatus {
    fileprivate init(_ record: DeviceRecord) {
        self.init(
            id: record.id.text, family: record.family, transport: record.transport.rawValue, role: record.role.name,
            state: State(record.adoption), link: record.link.rawValue,
            firstSeen: record.wasReceived ? record.firstSeen : nil, lastSeen: record.wasReceived ? record.lastSeen : nil
        )
        (ownName, givenName) = (record.ownName, record.givenName)
        (target, user) = (record.role.target, record.role.user)
        (battery, signal, died) = (record.battery, record.signal, record.died)
        (frames, rejects) = (record.counts.accepted, record.counts.rejected)
        (disconnects, reconnects) = (record.counts.disconnects, record.counts.reconnects)
        lastDisconnectReason = record.lastDisconnectReason
        warnings = record.warnings.sorted().map { Warning(name: $0.rawValue, text: $0.text) }
    }
}

extension DeviceStatus.State {
    fileprivate init(_ adoption: Adoption) {
        switch adoption {
        case .use: self = .inUse
        case .ask: self = .waiting
        case .ignore: self = .listed
        case .forgotten: self = .forgotten
        }
    }
}
