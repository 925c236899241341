import Clocks
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// The pool of devices: a lease assigns a device, and a session is only a name.
@ReactorActor
struct PoolRoutes {
    let devices: PageDevices

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/admin/pool/devices", PageDeviceDocumentation.pool, list),
            PageRoute(.post, "/api/admin/pool/devices", PageDeviceDocumentation.addToPool, add),
            PageRoute(.post, "/api/admin/pool/sessions", PageDeviceDocumentation.addSession, addSession),
            PageRoute(.post, "/api/admin/pool/sessions/{id}/lease", PageDeviceDocumentation.lease, lease),
        ]
    }

    private var stages: StageService { devices.stages }

    private func isLeased(_ device: DeviceRecord, _ view: StageView) -> Bool {
        stages.timer == device.id || view.target(of: device) != nil
    }

    private func status(of device: DeviceRecord, _ view: StageView) -> String {
        isLeased(device, view) ? "leased" : device.link == .connected || device.link == .seen ? "available" : "offline"
    }

    private func list(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let includesLeased = ["true", "1", "yes", "on"].contains(request.head.query["include_leased"]?.lowercased())
        let view = stages.view
        let listed = devices.paired.filter { includesLeased || !isLeased($0, view) }
        return .object { writer in
            writer.objects("devices", listed) { device, writer in
                writer.member("id", devices.number(of: device))
                writer.member("hw_addr", device.id.text)
                writer.member("device_type", device.role == .timer ? "timer" : "sensor")
                writer.member("label", PageDevices.label(of: device))
                writer.member("vendor", PageVendor.vendor(of: device.family))
                writer.member("model", PageVendor.model(of: device.family))
                writer.member("status", status(of: device, view))
                writer.member("last_seen", orNull: device.wasReceived ? device.lastSeen : nil)
                writer.member("battery", orNull: device.battery)
                writer.member("rssi", orNull: device.shownSignal)
                writer.member("notes", JSONValue.null)
                writer.member("is_available", !isLeased(device, view))
            }
            writer.member("total_count", listed.count)
            writer.member("available_count", listed.count { !isLeased($0, view) })
        }
    }

    private func add(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let address = try members.requiredText("hw_addr")
        let label = try members.text("label").map { KnownDevices.shortened($0) }
        let type = try members.text("device_type")
        guard devices[address]?.adoption != .use else {
            throw PageError(.conflict, "\(address) is in the pool already")
        }
        let added = try devices.add(address, label: label, isTimer: type.map { $0 != "sensor" })
        do throws(DeviceDecisionError) {
            try devices.registry.decide(added.id, DeviceDecision(name: label, adopt: true))
        } catch {
            throw PageError(.conflict, "\(address): \(error.text)")
        }
        let device = devices[address] ?? added
        return .object { writer in
            writer.member("message", shown: "\(PageDevices.label(of: device)) is in the pool")
            writer.object("device") { writer in
                writer.member("id", devices.number(of: device))
                writer.member("hw_addr", device.id.text)
                writer.member("label", PageDevices.label(of: device))
                writer.member("status", isLeased(device, stages.view) ? "leased" : "available")
            }
        }
    }

    private func addSession(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let name = try members.requiredText("session_name", longest: 100)
        let stage = try members.number("stage_id")
        if let stage, stages.stage(stage) == nil { throw .unknown("there is no stage \(stage)") }
        let session: StagePlan.Session
        do throws(RangeError) {
            session = try stages.addSession(name, stage: stage)
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("message", "The session is created")
            writer.object("session") { writer in
                writer.member("id", session.id)
                writer.member("session_name", shown: session.name)
                writer.member("status", "idle")
            }
        }
    }

    private func lease(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let id = try request.number("id")
        let members = try PageRequest(request)
        let number = try members.requiredNumber("device_id")
        let assignment = try members.text("target_assignment") ?? ""
        guard stages.session(id) != nil else { throw .unknown("there is no session \(id)") }
        guard let device = devices.paired(number) else { throw .unknown("there is no device \(number)") }
        guard !isLeased(device, stages.view) else {
            throw PageError(.conflict, "\(PageDevices.label(of: device)) is leased already")
        }
        let lease: Int
        do throws(RangeError) {
            try assign(device, to: assignment)
            lease = try stages.nextLease()
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("message", shown: "\(PageDevices.label(of: device)) is leased")
            writer.object("lease") { writer in
                writer.member("id", lease)
                writer.member("device_hw_addr", device.id.text)
                writer.member("target_assignment", shown: assignment)
                writer.member("leased_at", SystemClock.wall())
            }
        }
    }

    /// - Parameter assignment: `timer`, or `target-ID` with the id of a target of any stage.
    private func assign(_ device: DeviceRecord, to assignment: String) throws(RangeError) {
        if assignment == "timer" { return try stages.setTimer(device.id) }
        guard assignment.hasPrefix("target-"), let id = Int(assignment.dropFirst(7)) else {
            throw .invalid("target_assignment must be timer or target-ID, not \(assignment)")
        }
        for stage in stages.stages {
            guard let target = stage.targets.first(where: { $0.id == id }) else { continue }
            return try stages.assign(device.id, to: target, of: stage)
        }
        throw .unknown("there is no target \(id)")
    }
}
