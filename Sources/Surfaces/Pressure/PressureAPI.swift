import Configuration
import Devices
import Drivers
import Events
import JSON
import Metrics
import Reactor
import Signals
import Store
import Web

/// Pressure sessions and workouts, on a port of their own.
@ReactorActor
package final class PressureAPI: Surface {
    private let configuration: Configuration.Pressure
    private let workouts: WorkoutService
    let posted: PostedFrames
    private let exports = ExportLimiter()
    /// Documents with their frames are shorter, and pages read several at a time.
    private let documents = ExportLimiter(maximum: 64, perHost: 16)
    private let tables: PressureRegionTables
    private let sessions: PressureSessions
    private let engine: EngineServer
    package let events: Set<EventKind> = [.pressure]

    static let listLimit = 200
    private static let maximumListLimit: Int64 = 10_000
    private static let maximumListBytes = 4 << 20

    package init(
        _ configuration: Configuration.Pressure, workouts: WorkoutService, mats: MatRegistry, metrics: MetricsRegistry,
        budget: MemoryBudget
    ) {
        self.configuration = configuration
        self.workouts = workouts
        let tables = PressureRegionTables(configuration.regions)
        self.tables = tables
        posted = PostedFrames(
            workouts,
            calculator: PressureStatisticsCalculator(tables, ignoresMissingCells: configuration.ignoresMissingCells),
            maximumCells: configuration.maximumCells, metrics: metrics)
        sessions = PressureSessions(configuration, workouts: workouts, mats: mats, metrics: metrics)
        var protocols = SocketIOSettings()
        protocols.style = .compactASCII
        engine = EngineServer(
            "pressure", settings: Self.engineSettings, service: SocketIOServer(protocols, services: ["/": sessions]),
            metrics: metrics, budget: budget)
    }

    /// The original's timeouts and sizes, which its clients know.
    private static let engineSettings: EngineSettings = {
        var settings = EngineSettings()
        settings.pingTimeout = .seconds(60)
        return settings
    }()

    package func handle(_ event: Event) {
        if case .pressure(let frame) = event.body { sessions.receive(frame, at: event.stamp.wall) }
    }

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        let bytes = max(configuration.pressure.maximumDocumentBytes, Self.engineSettings.maximumPayload + 1)
        return [SurfaceListener(configuration.pressure.listener, maximumBodyBytes: bytes) { self.addOwnRoutes(to: $0) }]
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        let listener = configuration.pressure.listener
        guard listener.isEnabled else { return [] }
        return [
            ServedAddress(purpose: "pressure sessions", address: "http://\(listener.localAddress)/socket.io/"),
            ServedAddress(purpose: "workouts", address: "http://\(listener.localAddress)/workouts"),
        ]
    }

    /// For the console's page: the workouts, and the regions that it draws.
    package func addRoutes(to routes: Router) {
        addWorkouts(to: routes, path: "/api/workouts")
        addFrames(to: routes, path: "/api/workouts")
        routes.get("/api/mats/regions", PressureDocumentation.regions) { [tables] request in
            Self.reply { () throws(WorkoutError) in
                let sizes = 1...Int64(CellSlice.maximum)
                guard let rows = try request.head.query.number("rows", in: sizes),
                    let columns = try request.head.query.number("columns", in: sizes)
                else { throw .parameter("Missing: \"rows\" and \"columns\" of the mat.") }
                let regions = tables.regions(rows: Int(rows), columns: Int(columns))
                return .object { PressureJSON.write(regions, rows: Int(rows), columns: Int(columns), to: &$0) }
            }
        }
    }

    private func addOwnRoutes(to routes: Router) {
        routes.errorFormat = Self.jsonError
        engine.addRoutes(to: routes, path: "/socket.io/", messages: PressureMessages.description)
        routes.get("/", PressureDocumentation.index) { _ in
            .response(
                .object { writer in
                    writer.member("status", "ok")
                    writer.member("message", "LeadVille Gateway: pressure sessions and workouts")
                })
        }
        routes.get("/health", PressureDocumentation.health) { [workouts] _ in
            .response(
                .object { writer in
                    writer.member("status", "healthy")
                    writer.member("workouts", workouts.problem == nil ? "available" : "unavailable")
                    if let problem = workouts.problem { writer.member("detail", problem) }
                })
        }
        routes.add(.post, "/session/start", PressureDocumentation.start) { request in
            let received = request.jsonBody.flatMap { try? JSONValue(parsing: $0) } ?? .null
            return .response(
                .object { writer in
                    writer.member("status", "ok")
                    writer.member("received", received.isFalsy ? .object(JSONObject()) : received)
                })
        }
        addWorkouts(to: routes, path: "/workouts")
        addFrames(to: routes, path: "/workouts")
        addStatistics(to: routes)
    }

    private func addWorkouts(to routes: Router, path: String) {
        routes.get(path, PressureDocumentation.list) { [workouts] request in
            Self.reply { () throws(WorkoutError) in
                let query = request.head.query
                let before = try query.number("before", in: 0...Int64.max)
                let limit = try query.number("limit", in: 1...Self.maximumListLimit) ?? Int64(Self.listLimit)
                let page = try await workouts.workouts(
                    before: before, limit: Int(limit), maximumBytes: Self.maximumListBytes)
                return WorkoutJSON.response(page)
            }
        }
        routes.add(.post, path, PressureDocumentation.create) { [workouts] request in
            Self.reply { () throws(WorkoutError) in
                let entry = try await workouts.create(request.jsonBody ?? [])
                var response = WorkoutJSON.response(entry, status: .created)
                response.headers.add("Location", "\(path)/\(entry.id)")
                return response
            }
        }
        routes.get("\(path)/{id}", PressureDocumentation.document) { [self] request in
            Self.reply { () throws(WorkoutError) in
                try await self.document(Self.id(request), to: "\(request.peer.host)")
            }
        }
        routes.add(.put, "\(path)/{id}", PressureDocumentation.update) { [workouts] request in
            Self.reply { () throws(WorkoutError) in
                guard let body = request.jsonBody else { throw .document(.missing) }
                return WorkoutJSON.response(try await workouts.update(Self.id(request), body))
            }
        }
        routes.add(.delete, "\(path)/{id}", PressureDocumentation.delete) { [workouts] request in
            Self.reply { () throws(WorkoutError) in
                try await workouts.delete(Self.id(request))
                return .object { writer in
                    writer.member("status", "success")
                    writer.member("message", "Workout deleted")
                }
            }
        }
    }

    private func addFrames(to routes: Router, path: String) {
        routes.get("\(path)/{id}/frames", PressureDocumentation.frames) { [self] request in
            Self.reply { () throws(WorkoutError) in
                let query = request.head.query
                let name = query["format"] ?? "json"
                guard let format = WorkoutFrameFormat(rawValue: name) else {
                    throw .parameter("\"format\" is json, csv or binary, not \"\(name)\".")
                }
                let first = try query.number("from", in: 0...Int64(UInt32.max)) ?? 0
                let limit = try query.number("limit", in: 1...Int64(UInt32.max))
                let id = try Self.id(request)
                await self.workouts.flushFrames(of: id)
                let entry = try await self.workouts.workout(id)
                let end = min(entry.frames, first + (limit ?? entry.frames))
                let text = WorkoutFrameText.list(entry, as: format, next: end < entry.frames ? end : nil)
                let export = self.export(min(first, end)..<end, of: entry, text)
                var response = try export.response(format.type, to: "\(request.peer.host)", self.exports)
                if format != .json {
                    response.headers.add(
                        "Content-Disposition", "attachment; filename=\"workout-\(entry.id).\(format.suffix)\"")
                }
                return response
            }
        }
    }

    /// The document with the first frames.
    private func document(_ id: WorkoutID, to host: String) async throws(WorkoutError) -> HTTPResponse {
        await workouts.flushFrames(of: id)
        let entry = try await workouts.workout(id)
        let count = min(entry.frames, Int64(configuration.documentFrames))
        guard entry.frames > 0 else { return WorkoutJSON.response(entry) }
        let text = WorkoutFrameText.document(entry, isTruncated: count < entry.frames)
        return try export(0..<count, of: entry, text).response(.json, to: host, documents)
    }

    private func export(_ frames: Range<Int64>, of entry: WorkoutEntry, _ text: WorkoutFrameText) -> WorkoutExport {
        let reader = WorkoutFrameReader(
            from: frames.lowerBound, tables, ignoresMissingCells: configuration.ignoresMissingCells)
        return WorkoutExport(frames, of: entry, text, reader: reader, workouts)
    }

    private static func id(_ request: HTTPRequest) throws(WorkoutError) -> WorkoutID {
        guard let id = WorkoutID(request.parameters["id"]) else { throw .unknown }
        return id
    }

    /// Replies asynchronously.
    private static func reply(
        _ work: @escaping @ReactorActor () async throws(WorkoutError) -> HTTPResponse
    ) -> HTTPHandlerResult {
        .asyncResponse {
            do throws(WorkoutError) {
                return try await work()
            } catch {
                return error.response
            }
        }
    }

    private nonisolated static func jsonError(_ response: HTTPResponse) -> HTTPResponse {
        var result = HTTPResponse.object(status: response.status) { writer in
            writer.member("error", response.status.phrase)
        }
        if let allowed = response.headers["Allow"] { result.headers.add("Allow", allowed) }
        return result
    }
}

extension HTTPRequest {
    /// The body, if it is said to be JSON.
    var jsonBody: [UInt8]? {
        let type = head.headers["Content-Type"]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        let isJSON = type.trimmed == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
        return isJSON ? body : nil
    }
}

extension String {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
    }
}

extension HTTPQuery {
    fileprivate func number(_ name: String, in range: ClosedRange<Int64>) throws(WorkoutError) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw .parameter("\"\(name)\" is a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

extension JSONValue {
    /// What Python takes for false.
    fileprivate var isFalsy: Bool {
        switch self {
        case .null: true
        case .boolean(let value): !value
        case .integer(let value): value == 0
        case .number(let value): value == 0
        case .string(let value): value.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        }
    }
}
