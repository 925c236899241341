import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// The timer and the sensors of the current stage. Pages call the gateway a bridge; its number is always 1.
@ReactorActor
struct BridgeRoutes {
    let devices: PageDevices

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/admin/bridge/config", PageDeviceDocumentation.configuration, configuration),
            PageRoute(
                .put, "/api/admin/bridge/config", PageDeviceDocumentation.replaceConfiguration, replaceConfiguration),
            PageRoute(.put, "/api/admin/bridge/target/{target}/assign", PageDeviceDocumentation.assign, assign),
            PageRoute(
                .delete, "/api/admin/bridge/target/{target}/unassign", PageDeviceDocumentation.unassignTarget, unassign),
            PageRoute(
                .delete, "/api/admin/bridge/timer/unassign", PageDeviceDocumentation.unassignTimer, unassignTimer),
            PageRoute(
                .delete, "/api/admin/bridge/sensors/unassign_all", PageDeviceDocumentation.unassignAll, unassignAll),
            PageRoute(.put, "/api/admin/bridge/stage", PageDeviceDocumentation.changeStage, changeStage),
            PageRoute(.get, "/api/admin/bridge", PageDeviceDocumentation.bridgeName, bridge),
            PageRoute(.put, "/api/admin/bridge", PageDeviceDocumentation.renameBridge, renameBridge),
            PageRoute(.post, "/api/admin/bridge/assign_stage", PageDeviceDocumentation.assignStage, assignStage),
        ]
    }

    private var stages: StageService { devices.stages }

    // MARK: Configuration

    private func configuration(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let view = stages.view
        let (stage, assignments) = (view.stage, view.assignments)
        let timer = stages.timer
        return .object { writer in
            writer.member("bridge_id", 1)
            writer.member("stage_config_id", stage.id)
            writer.member("stage_name", shown: stage.name)
            writer.object("timer") { writer in
                writer.member("address", orNull: timer?.text)
                writer.member("status", timer == nil ? "not_configured" : "configured")
                devices.writeOrNull("device_info", timer.flatMap { devices[$0.text] }, in: view, to: &writer)
            }
            writer.array("sensors", assignments) { write($0, in: view, to: &$1) }
            writer.key("targets")
            writer.beginObject()
            for number in Set(assignments.map(\.number)).sorted() {
                guard let assignment = assignments.first(where: { $0.number == number }) else { continue }
                writer.key("target_\(number)")
                write(assignment, in: view, to: &writer)
            }
            writer.endObject()
            writer.object("summary") { writer in
                writer.member("timer_configured", timer != nil)
                writer.member("sensors_count", assignments.count)
                writer.member("sensors_paired", assignments.count { $0.device.adoption == .use })
                writer.member("targets_assigned", Set(assignments.map(\.number)).count)
            }
        }
    }

    private func write(
        _ assignment: StageService.Assignment, in view: StageView, to writer: inout JSONWriter
    ) {
        let device = assignment.device
        writer.beginObject()
        writer.member("address", device.id.text)
        writer.member("label", PageDevices.label(of: device))
        writer.member("target_number", assignment.number)
        devices.writeOrNull("device_info", device, in: view, to: &writer)
        writer.member("status", device.adoption == .use ? "paired" : "not_paired")
        writer.endObject()
    }

    /// What a page has saved: sensors by the numbers of their targets.
    private struct NewConfiguration {
        var timer: String?
        var sensors: [(number: Int, address: String)] = []
    }

    private func replaceConfiguration(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let new = try newConfiguration(members)
        try apply(new)
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "The configuration is saved")
            writer.object("config") { writer in
                writer.member("timer", orNull: new.timer)
                writer.member("sensors", members["sensors"] ?? .array([]))
                writer.member("targets", members["targets"] ?? .object(JSONObject()))
            }
        }
    }

    /// Applies all of it, or nothing: whatever can fail comes before the first assignment that changes.
    private func apply(_ new: NewConfiguration) throws(PageError) {
        let timer = try new.timer.map { address throws(PageError) in
            try devices.match(address, label: nil, isTimer: true)
        }
        var sensors: [PageDevices.Match] = []
        for (_, address) in new.sensors {
            let sensor = try devices.match(address, label: nil, isTimer: false)
            guard !sensor.isTimer else { throw .invalid("\(address) is a timer, not an impact sensor") }
            guard sensor.id != timer?.id else { throw .invalid("\(address) is named as a timer and as a sensor") }
            sensors.append(sensor)
        }
        let all = sensors + (timer.map { [$0] } ?? [])
        try devices.requireRoom(for: all)
        do throws(RangeError) {
            try stages.defineTargets(new.sensors.map(\.number))
        } catch {
            throw PageError(error)
        }
        try devices.add(all)
        do throws(RangeError) {
            for assignment in stages.assignments { try stages.unassign(assignment.device.id) }
            try stages.setTimer(timer?.id)
            for (new, sensor) in zip(new.sensors, sensors) { try stages.assign(sensor.id, toNumber: new.number) }
        } catch {
            throw PageError(error)
        }
    }

    private func newConfiguration(_ members: PageRequest) throws(PageError) -> NewConfiguration {
        var new = NewConfiguration(timer: try members.text("timer"))
        guard let list = (members["sensors"] ?? .array([])).arrayValue else { throw .invalid("sensors must be a list") }
        let targets = (members["targets"] ?? .object(JSONObject())).objectValue
        guard let targets else { throw .invalid("targets must be an object such as {\"1\": ADDRESS}") }
        if targets.isEmpty {
            for (index, value) in list.enumerated() {
                guard let address = value.stringValue, !address.isEmpty else {
                    throw .invalid("sensors must be a list of addresses")
                }
                new.sensors.append((index + 1, address))
            }
        }
        for (key, value) in targets.members where !value.isNull && value.stringValue != "" {
            guard let number = Int(key), let address = value.stringValue else {
                throw .invalid("targets must be an object such as {\"1\": ADDRESS}")
            }
            new.sensors.append((number, address))
        }
        let numbers = 1...StageService.maximumTargetNumber
        guard new.sensors.allSatisfy({ numbers.contains($0.number) }) else {
            throw .invalid("a stage has targets from 1 to \(numbers.upperBound)")
        }
        guard Set(new.sensors.map { PageDevices.id($0.address) }).count == new.sensors.count else {
            throw .invalid("the same sensor is named twice")
        }
        return new
    }

    // MARK: One target

    private func assign(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        guard let address = try members.text("device_address") else { throw .invalid("device_address is required") }
        let target = request.parameters["target"]
        let number = Int(target)
        guard target == "timer" || number != nil else {
            throw .invalid("the target must be a number from 1 to \(StageService.maximumTargetNumber), or timer")
        }
        guard number.map({ 1...StageService.maximumTargetNumber ~= $0 }) ?? true else {
            throw .invalid("target_number must be from 1 to \(StageService.maximumTargetNumber)")
        }
        guard let device = devices[address] else { throw .unknown("there is no device \(address)") }
        let label = PageDevices.label(of: device)
        let sensorTarget = device.role == .timer ? nil : number
        do throws(RangeError) {
            if let sensorTarget {
                if stages.timer == device.id { try stages.setTimer(nil) }
                try stages.assign(device.id, toNumber: sensorTarget)
            } else {
                try stages.setTimer(device.id)
            }
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "success")
            writer.member(
                "message", sensorTarget.map { "\(label) is assigned to target \($0)" } ?? "\(label) is the timer")
            writer.object("assignment") { writer in
                writer.member("device_address", device.id.text)
                writer.member("device_label", label)
                if let sensorTarget {
                    writer.member("device_type", "sensor")
                    writer.member("target_number", sensorTarget)
                } else {
                    writer.member("target", "timer")
                }
                writer.member("bridge_id", 1)
            }
        }
    }

    private func unassign(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let number = try request.number("target")
        let sensors: [DeviceRecord]
        do throws(RangeError) {
            sensors = try stages.unassign(number: number)
        } catch {
            throw PageError(error)
        }
        guard let sensor = sensors.first else { throw .unknown("target \(number) has no sensor") }
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "Target \(number) has no sensor now")
            writer.object("unassigned") { writer in
                writer.member("device_address", sensor.id.text)
                writer.member("device_label", PageDevices.label(of: sensor))
                writer.member("target_number", number)
            }
        }
    }

    private func unassignTimer(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        _ = try PageRequest(request)
        guard let timer = stages.timer else { return .object { $0.member("message", "No timer was chosen") } }
        do throws(RangeError) {
            try stages.setTimer(nil)
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "The timer is no longer chosen; the gateway still receives it")
            writer.member("unassigned_timer", timer.text)
        }
    }

    private func unassignAll(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        _ = try PageRequest(request)
        let assignments = stages.assignments
        guard !assignments.isEmpty else { return .object { $0.member("message", "No sensor was assigned") } }
        do throws(RangeError) {
            for assignment in assignments { try stages.unassign(assignment.device.id) }
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "\(assignments.count) sensors have no target now")
            writer.objects("unassigned_sensors", assignments) { assignment, writer in
                writer.member("address", assignment.device.id.text)
                writer.member("label", PageDevices.label(of: assignment.device))
                writer.member("target", assignment.number)
            }
        }
    }

    // MARK: The stage and the name

    private func changeStage(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let preserved = members.flag("preserve_assignments")
        let stage = try choose(try members.requiredNumber("stage_config_id"), preserving: preserved).stage
        return .object { writer in
            writer.member("status", "success")
            writer.member(
                "message",
                shown: "The stage is \(stage.name)" + (preserved ? "" : "; its timer and sensors were unassigned"))
            writer.object("stage") { writer in
                writer.member("stage_config_id", stage.id)
                writer.member("stage_name", shown: stage.name)
            }
            writer.member("assignments_preserved", preserved)
        }
    }

    private func assignStage(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let id = try PageRequest(request).requiredNumber("stage_id")
        let (stage, sensors) = try choose(id, preserving: true)
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", shown: "\(stages.site.name) is set up for the stage \(stage.name)")
            writer.object("assignment") { writer in
                writer.member("bridge_id", 1)
                writer.member("bridge_name", shown: stages.site.name)
                writer.member("stage_id", stage.id)
                writer.member("stage_name", shown: stage.name)
                writer.member("sensors_updated", sensors)
            }
        }
    }

    private func choose(_ id: Int, preserving: Bool) throws(PageError) -> (stage: Stage, sensors: Int) {
        do throws(RangeError) {
            return try stages.choose(id, preserving: preserving)
        } catch {
            throw PageError(error)
        }
    }

    private func bridge(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        .object { writer in
            writeBridge(to: &writer)
            writer.member("name", shown: stages.site.name)
            writer.member("stage_name", shown: stages.currentStage.name)
        }
    }

    private func renameBridge(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        guard let name = try members.text("name", longest: 100),
            let identifier = try members.text("bridge_id", longest: 50)
        else { throw .invalid("name and bridge_id are required") }
        do throws(RangeError) {
            try stages.setSite(name: name, identifier: identifier)
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "The name is saved")
            writeBridge(to: &writer)
        }
    }

    private func writeBridge(to writer: inout JSONWriter) {
        let (site, stage) = (stages.site, stages.currentStage)
        writer.object("bridge") { writer in
            writer.member("id", 1)
            writer.member("name", shown: site.name)
            writer.member("bridge_id", shown: site.identifier)
            writer.member("current_stage_id", stage.id)
            writer.member("current_stage_name", shown: stage.name)
            writer.member("match_id", JSONValue.null)
            writer.member("match_name", JSONValue.null)
            writer.member("created_at", site.created)
            writer.member("updated_at", site.updated)
        }
    }
}
