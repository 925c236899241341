import Clocks
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// Devices: list, search, pair, remove.
@ReactorActor
struct DeviceRoutes {
    let devices: PageDevices
    let discovery: DeviceDiscovery

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/admin/devices", PageDeviceDocumentation.list, list),
            .waiting(.post, "/api/admin/devices/discover", PageDeviceDocumentation.discover, discover),
            PageRoute(
                .post, "/api/admin/devices/discovery/reset", PageDeviceDocumentation.resetDiscovery, resetDiscovery),
            PageRoute(.post, "/api/admin/devices/pair", PageDeviceDocumentation.pair, pair),
            PageRoute(.get, "/api/admin/devices/assignments", PageDeviceDocumentation.assignments, assignments),
            PageRoute(.delete, "/api/admin/devices/{id}", PageDeviceDocumentation.remove, remove),
            PageRoute(.put, "/api/admin/devices/{address}/health", PageDeviceDocumentation.health, health),
            PageRoute(.post, "/api/admin/devices/{id}/unassign", PageDeviceDocumentation.unassign, unassign),
        ]
    }

    private var stages: StageService { devices.stages }
    private var registry: DeviceRegistry { devices.registry }

    private func list(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let (paired, view) = (devices.paired, stages.view)
        return .object { writer in
            writer.array("devices", paired) { devices.write($0, in: view, to: &$1) }
            writer.member("count", paired.count)
        }
    }

    /// Only the query says how long: pages that send a duration as the body do not wait that long.
    private func discover(_ request: HTTPRequest) async throws(PageError) -> HTTPResponse {
        let seconds = try request.queryNumber("duration", default: 10, in: 0...DeviceDiscovery.maximumSeconds)
        // The web server answers a request that takes longer with an error.
        let duration = min(seconds, 25)
        let found = try await discovery.found(within: .seconds(Int64(duration))).filter { !isPaired($0.id) }
        return .object { writer in
            writer.array("discovered_devices", found) { discovery.write($0, to: &$1) }
            writer.member("count", found.count)
            writer.member("scan_duration", duration)
        }
    }

    private func isPaired(_ id: DeviceID) -> Bool { registry[id]?.adoption == .use }

    /// Pages send this before each search. The gateway never needs it, and a reset would disconnect all devices.
    private func resetDiscovery(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        .object { writer in
            writer.member("status", "reset")
            writer.member("message", "The next search finds all devices again")
        }
    }

    private func pair(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        guard let address = try members.text("mac_address"), let label = try members.text("label") else {
            throw .invalid("mac_address and label are required")
        }
        let name = KnownDevices.shortened(label)
        let isKnown = devices[address] != nil
        let device = try devices.add(address, label: name, isTimer: nil)
        let wasPaired = isKnown && device.adoption == .use
        // A device that the gateway adopted by itself has no name yet.
        if !wasPaired || device.givenName == nil {
            try decide(device.id, DeviceDecision(name: name, adopt: true))
        }
        return .object { writer in
            writer.member("status", wasPaired ? "already_paired" : "paired")
            writer.member("sensor_id", devices.number(of: device))
            writer.member("bridge_id", 1)
            writer.member(
                "message", shown: wasPaired ? "\(address) is paired already" : "\(name) (\(address)) is paired")
        }
    }

    /// The device can be found and paired again.
    private func remove(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let number = try request.number("id")
        guard let device = devices.paired(number) else { throw .unknown("there is no paired device \(number)") }
        let label = PageDevices.label(of: device)
        do throws(RangeError) {
            try stages.unassign(device.id)
            if stages.timer == device.id { try stages.setTimer(nil) }
        } catch {
            throw PageError(error)
        }
        if device.wasReceived {
            try decide(device.id, DeviceDecision(name: "", adopt: false))
        } else {
            registry.removeUnseen(device.id)
        }
        return .object { writer in
            writer.member("status", "removed")
            writer.member("sensor_id", number)
            writer.member("message", "\(label) is removed and can be paired again")
        }
    }

    /// The gateway measures signals and charges itself, so nothing changes.
    private func health(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let (battery, rssi) = (try members.number("battery"), try members.number("rssi"))
        guard let device = devices[request.parameters["address"]], device.adoption == .use else {
            throw .invalid("there is no paired device \(request.parameters["address"])")
        }
        return .object { writer in
            writer.member("status", "updated")
            writer.member("sensor_id", devices.number(of: device))
            writer.member("battery", orNull: battery)
            writer.member("rssi", orNull: rssi)
        }
    }

    private func unassign(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let number = try request.number("id")
        guard let device = devices.paired(number) else { throw .invalid("there is no paired device \(number)") }
        do throws(RangeError) {
            try stages.unassign(device.id)
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "unassigned")
            writer.member("sensor_id", number)
            writer.member("message", "\(PageDevices.label(of: device)) has no target now")
        }
    }

    private func assignments(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let view = stages.view
        let (stage, assigned) = (view.stage, view.assignments)
        return .object { writer in
            writer.key("assignments")
            writer.beginObject()
            for number in Set(assigned.map(\.number)).sorted() {
                guard let device = assigned.first(where: { $0.number == number })?.device else { continue }
                let target = view.target(of: device)
                writer.key("target_\(number)")
                writer.beginObject()
                writer.member("sensor_id", devices.number(of: device))
                writer.member("sensor_address", device.id.text)
                writer.member("sensor_label", PageDevices.label(of: device))
                writer.member("target_id", orNull: target?.id)
                writer.member("target_label", shown: target?.name ?? "Target \(number)")
                writer.member("status", device.link == .connected ? "connected" : "offline")
                writer.endObject()
            }
            writer.endObject()
            writer.member("total_assigned", assigned.count)
            writer.member("total_sensors", devices.paired.count { $0.role != .timer })
            writer.member("total_targets", stage.targets.count)
        }
    }

    private func decide(_ device: DeviceID, _ decision: DeviceDecision) throws(PageError) {
        do throws(DeviceDecisionError) {
            try registry.decide(device, decision)
        } catch {
            throw PageError(.conflict, "\(device): \(error.text)")
        }
    }
}
