import Clocks
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Store
import Web

/// The range officer's page: stages as a drawing, and runs as strings. The page invents hits while a string runs and posts
/// them, so everything that would change a run is rejected.
@ReactorActor
struct RangeOfficerRoutes {
    let devices: PageDevices
    let range: any RangeProvider

    private static let (width, height) = (800.0, 400.0)
    /// The firing line is below the targets.
    private static let targetHeight = 330.0
    private static let runLimit = 20

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/v1/ro/stages", PageDocumentation.officerStages, stageList),
            PageRoute(.get, "/v1/ro/stages/{id}", PageDocumentation.officerStage, stage),
            .waiting(.get, "/v1/ro/strings", PageDocumentation.officerStrings, strings),
            .waiting(.get, "/v1/ro/strings/active", PageDocumentation.activeString, activeString),
            PageRoute(.post, "/v1/ro/strings/start", PageDocumentation.rejected, reject),
            PageRoute(.post, "/v1/ro/strings/complete", PageDocumentation.rejected, reject),
            PageRoute(.post, "/v1/ro/strings/cancel", PageDocumentation.rejected, reject),
            PageRoute(.post, "/v1/ro/hits", PageDocumentation.rejected, reject),
            PageRoute(.delete, "/v1/ro/data/clear", PageDocumentation.rejected, reject),
        ]
    }

    private var stages: StageService { devices.stages }

    /// Errors of these paths have a form of their own.
    private static func error(_ status: HTTPStatus, _ message: String) -> HTTPResponse {
        .object(status: status) { writer in
            writer.member("error", "HTTP_ERROR")
            writer.member("message", shown: message)
            writer.member("detail", shown: message)
            writer.member("request_id", JSONValue.null)
            writer.member("timestamp", SystemClock.wall())
        }
    }

    private func reject(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        Self.error(.conflict, "Strings and hits come from timers and sensors only; a page cannot add or remove them")
    }

    // MARK: Stages

    private func stageList(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let view = stages.view
        return .json { writer in
            writer.beginArray()
            for stage in stages.stages { write(stage, in: view, to: &writer) }
            writer.endArray()
        }
    }

    private func stage(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let id = request.parameters["id"]
        guard id.hasPrefix("stage"), let number = Int(id.dropFirst(5)), let stage = stages.stage(number) else {
            return Self.error(.notFound, "There is no stage \(id)")
        }
        let view = stages.view
        return .json { write(stage, in: view, to: &$0) }
    }

    private func write(_ stage: Stage, in view: StageView, to writer: inout JSONWriter) {
        let widest = max(1, stage.targets.map { abs($0.offset) }.max() ?? 1)
        let farthest = Double(max(1, stage.targets.map(\.distance).max() ?? 1))
        writer.beginObject()
        writer.member("stage_id", "stage\(stage.id)")
        writer.member("name", shown: stage.name)
        writer.objects("targets", stage.targets) { target, writer in
            let sensor = view.sensor(of: target, in: stage)
            writer.member("id", target.id)
            writer.member("label", "Target \(target.number)")
            // With a margin, so that the outermost targets are drawn as a whole.
            writer.member("x", (Self.width / 2 * (1 + 0.85 * target.offset / widest)).rounded())
            writer.member("y", (Self.targetHeight * (1 - 0.9 * Double(target.distance) / farthest)).rounded())
            writer.member("status", Self.status(of: sensor))
            writer.member("device_address", orNull: sensor?.id.text)
            writer.member("last_hit", JSONValue.null)
        }
        writer.member("width", Int(Self.width))
        writer.member("height", Int(Self.height))
        writer.endObject()
    }

    private static func status(of sensor: DeviceRecord?) -> StaticString {
        guard let sensor, sensor.link == .connected else { return "offline" }
        return sensor.warnings.isEmpty ? "online" : "degraded"
    }

    // MARK: Runs

    private func strings(_: HTTPRequest) async throws(PageError) -> HTTPResponse {
        let runs = try await runs(state: nil, limit: Self.runLimit)
        let ids = targetIDs
        return .json { writer in
            writer.beginArray()
            for run in runs { write(run, ids, to: &writer) }
            writer.endArray()
        }
    }

    private func activeString(_: HTTPRequest) async throws(PageError) -> HTTPResponse {
        let run = try await runs(state: "running", limit: 1).first
        return .json { writer in
            if let run { write(run, targetIDs, to: &writer) } else { writer.null() }
        }
    }

    private func runs(state: String?, limit: Int) async throws(PageError) -> [RunRecord] {
        var filter = RunQuery()
        (filter.limit, filter.state) = (limit, state)
        do throws(RangeError) {
            return try await range.runs(filter).runs
        } catch {
            throw PageError(error)
        }
    }

    private func write(_ run: RunRecord, _ targetIDs: [String: Int], to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", run.id.text)
        writer.member("shooter", shown: run.shooter ?? "Unknown")
        writer.member("start_time", run.started)
        writer.member("end_time", orNull: run.ended)
        writer.objects("hits", run.hits) { hit, writer in
            writer.member("id", String(hit.impact))
            // A hit on a target that has no sensor any more has no number.
            writer.member("target_id", hit.target.flatMap { targetIDs[$0] } ?? 0)
            writer.member("timestamp", run.started + hit.time)
            writer.member("x", JSONValue.null)
            writer.member("y", JSONValue.null)
            writer.member("string_id", run.id.text)
        }
        writer.member("stage_id", "stage\(stageID(run.stage))")
        switch run.end {
        case nil: writer.member("status", "active")
        case .completed: writer.member("status", "completed")
        case .interrupted, .timeout, .unknown: writer.member("status", "cancelled")
        }
        writer.endObject()
    }

    /// The numbers of the range's targets that have a sensor.
    private var targetIDs: [String: Int] {
        let view = stages.view
        let ids = devices.registry.records.compactMap { device -> (String, Int)? in
            guard let target = device.role.target, let id = view.target(of: device)?.id else { return nil }
            return (target, id)
        }
        return Dictionary(ids) { first, _ in first }
    }

    /// The stage with the name of a run; the current one for a name that nobody knows.
    private func stageID(_ name: String?) -> Int {
        let named = stages.stages.first { stage in
            stage.name == name || "\(stages.league(stage.league)?.name ?? "") - \(stage.name)" == name
        }
        return (named ?? stages.currentStage).id
    }
}
