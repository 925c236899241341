import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// Leagues, stages and the sensors of their targets.
@ReactorActor
struct StageRoutes {
    let devices: PageDevices

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/admin/leagues", PageDeviceDocumentation.leagues, leagues),
            PageRoute(.get, "/api/admin/leagues/{id}/stages", PageDeviceDocumentation.stagesOfLeague, stagesOfLeague),
            PageRoute(.get, "/api/admin/stages/{id}", PageDeviceDocumentation.stage, stage),
            PageRoute(
                .post, "/api/admin/stages/{id}/assign_sensor", PageDeviceDocumentation.assignSensor, assignSensor),
            PageRoute(
                .post, "/api/admin/stages/{id}/unassign_sensor", PageDeviceDocumentation.unassignSensor, unassignSensor),
        ]
    }

    private var stages: StageService { devices.stages }

    private func leagues(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        .object { writer in
            writer.objects("leagues", stages.leagues) { league, writer in
                Self.writeMembers(of: league, to: &writer)
                writer.member("description", shownOrNull: league.description)
            }
        }
    }

    private func stagesOfLeague(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let id = try request.number("id")
        guard let league = stages.league(id) else { throw .unknown("there is no league \(id)") }
        let (list, view) = (stages.stages(of: id), stages.view)
        return .object { writer in
            writer.object("league") { Self.writeMembers(of: league, to: &$0) }
            writer.objects("stages", list.enumerated()) { entry, writer in
                writer.member("id", entry.element.id)
                writer.member("name", shown: entry.element.name)
                writer.member("stage_number", entry.offset + 1)
                writer.member("description", shownOrNull: entry.element.description)
                writer.member("target_count", entry.element.targets.count)
                writeTargets(of: entry.element, in: view, to: &writer)
            }
        }
    }

    private func stage(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let (stage, view) = (try requestedStage(request), stages.view)
        return .object { writer in
            writer.object("stage") { writer in
                writer.member("id", stage.id)
                writer.member("name", shown: stage.name)
                writer.member("description", shownOrNull: stage.description)
                if let league = stages.league(stage.league) {
                    writer.object("league") { Self.writeMembers(of: league, to: &$0) }
                }
                writeTargets(of: stage, in: view, to: &writer)
            }
        }
    }

    private func assignSensor(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let members = try PageRequest(request)
        let (sensor, number) = (try members.requiredNumber("sensor_id"), try members.requiredNumber("target_number"))
        let (stage, target) = try requestedTarget(number, request)
        guard let device = devices.paired(sensor) else { throw .unknown("there is no sensor \(sensor)") }
        do throws(RangeError) {
            try stages.assign(device.id, to: target, of: stage)
        } catch {
            throw PageError(error)
        }
        let label = PageDevices.label(of: device)
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", shown: "\(label) is assigned to target \(number) of \(stage.name)")
            writer.object("assignment") { writer in
                writer.member("sensor_id", sensor)
                writer.member("sensor_label", label)
                writer.member("stage_name", shown: stage.name)
                writer.member("target_number", number)
                writer.member("target_type", target.type.rawValue)
                writer.member("target_category", target.category.rawValue)
            }
        }
    }

    private func unassignSensor(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let number = try PageRequest(request).requiredNumber("target_number")
        let (stage, target) = try requestedTarget(number, request)
        do throws(RangeError) {
            try stages.unassign(target, of: stage)
        } catch {
            throw PageError(error)
        }
        return .object { writer in
            writer.member("status", "success")
            writer.member("message", "Target \(number) has no sensor now")
            writer.member("target_number", number)
        }
    }

    private func requestedStage(_ request: HTTPRequest) throws(PageError) -> Stage {
        let id = try request.number("id")
        guard let stage = stages.stage(id) else { throw .unknown("there is no stage \(id)") }
        return stage
    }

    private func requestedTarget(
        _ number: Int, _ request: HTTPRequest
    ) throws(PageError) -> (stage: Stage, target: StageTarget) {
        let stage = try requestedStage(request)
        guard let target = stage.target(numbered: number) else {
            throw .unknown("the stage \(stage.name) has no target \(number)")
        }
        return (stage, target)
    }

    private static func writeMembers(of league: League, to writer: inout JSONWriter) {
        writer.member("id", league.id)
        writer.member("name", shown: league.name)
        writer.member("abbreviation", shown: league.abbreviation)
    }

    private func writeTargets(of stage: Stage, in view: StageView, to writer: inout JSONWriter) {
        writer.objects("targets", stage.targets) { target, writer in
            writer.member("id", target.id)
            writer.member("target_number", target.number)
            // Not a name: pages show the inch marks of a shape.
            writer.member("shape", target.shape)
            writer.member("type", target.type.rawValue)
            writer.member("category", target.category.rawValue)
            writer.member("distance_feet", target.distance)
            writer.member("offset_feet", target.offset)
            writer.member("height_feet", target.height)
            writer.key("sensor")
            guard let sensor = view.sensor(of: target, in: stage) else { return writer.null() }
            writer.beginObject()
            writer.member("id", devices.number(of: sensor))
            writer.member("hw_addr", sensor.id.text)
            writer.member("label", PageDevices.label(of: sensor))
            writer.member("last_seen", orNull: sensor.wasReceived ? sensor.lastSeen : nil)
            writer.member("battery", orNull: sensor.battery)
            writer.member("rssi", orNull: sensor.shownSignal)
            writer.endObject()
        }
    }
}
