import Events
import Logging
import Reactor

/// The registry for people.
extension DeviceRegistry {
    package var devices: [DeviceStatus] { records.map(DeviceStatus.init) }

    package func device(_ id: String) -> DeviceStatus? { self[DeviceID(id)].map(DeviceStatus.init) }

    package func apply(_ request: DeviceRequest, to id: String, client: String) throws(DeviceRequestError) {
        do throws(DeviceDecisionError) {
            let outcome = try decide(DeviceID(id), DeviceDecision(request))
            let words = outcome.words + (request.forget ? ["forgotten"] : [])
            let change = words.isEmpty ? "left as it is" : words.joined(separator: ", ")
            let name = self[DeviceID(id)].map { " (\($0.name))" } ?? ""
            Log.info("By \(client): the device \(id)\(name) is \(change)", ["SOURCE": id, "CLIENT": client])
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
    }
}

extension DeviceDecisionOutcome {
    /// For the log.
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
            state: State(record.adoption), link: record.link.rawValue, firstSeen: record.firstSeen,
            lastSeen: record.lastSeen)
        (ownName, givenName) = (record.ownName, record.givenName)
        (target, user) = (record.role.target, record.role.user)
        (battery, signal) = (record.battery, record.signal)
        (frames, rejects) = (record.counts.heard, record.counts.refused)
        (disconnects, reconnects) = (record.counts.losses, record.counts.reconnects)
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
