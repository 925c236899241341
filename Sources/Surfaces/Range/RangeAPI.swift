import Events
import JSON
import Reactor
import ShootingRange
import Web

/// The range API: `/api/targets`, `/api/sensors`, `/api/runs`, `/api/timers`, `/api/events`.
@ReactorActor
package struct RangeAPI: Surface {
    let provider: any RangeProvider
    let timers: any TimerCommandSender

    package init(_ provider: any RangeProvider, timers: any TimerCommandSender) {
        self.provider = provider
        self.timers = timers
    }

    package func addRoutes(to routes: Router) {
        addTargets(to: routes)
        addSensors(to: routes)
        addRecordings(to: routes)
        addRuns(to: routes)
        addTimers(to: routes)
        addLeadVilleTimers(to: routes)
        routes.get("/api/events/{id}/explain", RangeDocumentation.explain) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                guard let id = UInt64(request.parameters["id"]) else {
                    throw .invalid("an event's id is a number, not \"\(request.parameters["id"])\"")
                }
                return .json(try await provider.explanation(of: id))
            }
        }
    }

    /// Replies synchronously.
    static func reply(_ work: () throws(RangeError) -> HTTPResponse) -> HTTPHandlerResult {
        do throws(RangeError) {
            return .response(try work())
        } catch {
            return .response(APIError(error).response)
        }
    }

    /// Replies to a change when it is on the disk. A change that cannot be saved applies until the gateway stops; the reply
    /// says so.
    static func replyWhenSaved(
        _ provider: any RangeProvider, _ work: () throws(RangeError) -> HTTPResponse
    ) -> HTTPHandlerResult {
        do throws(RangeError) {
            let response = try work()
            return .asyncResponse { await whenSaved(response, provider) }
        } catch {
            return .response(APIError(error).response)
        }
    }

    static func whenSaved(_ response: HTTPResponse, _ provider: any RangeProvider) async -> HTTPResponse {
        guard let failure = await provider.waitUntilSaved() else { return response }
        var answer = (try? JSONValue(parsing: response.body))?.objectValue ?? JSONObject()
        answer.set("warning", to: .string("not saved, and lost when the gateway stops: \(failure)"))
        var warned = HTTPResponse.json(status: response.status == .noContent ? .ok : response.status) {
            $0.value(.object(answer))
        }
        if response.status != .noContent { warned.headers = response.headers }
        return warned
    }

    /// Replies asynchronously.
    static func asyncReply(
        _ work: @escaping @ReactorActor () async throws(RangeError) -> HTTPResponse
    ) -> HTTPHandlerResult {
        .asyncResponse {
            do throws(RangeError) {
                return try await work()
            } catch {
                return APIError(error).response
            }
        }
    }
}

/// Targets.
extension RangeAPI {
    private func addTargets(to routes: Router) {
        routes.get("/api/targets", RangeDocumentation.targets) { [provider] _ in
            .response(
                .json { writer in
                    writer.beginObject()
                    writer.key("targets")
                    writer.beginArray()
                    for (target, sensors) in provider.targetList {
                        TargetJSON.write(target, sensors: sensors, to: &writer)
                    }
                    writer.endArray()
                    writer.endObject()
                })
        }
        routes.get("/api/targets/{id}", RangeDocumentation.target) { [provider] request in
            Self.reply { () throws(RangeError) in try Self.target(request.parameters["id"], of: provider) }
        }
        routes.add(.post, "/api/targets", RangeDocumentation.addTarget) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: nil)
                try provider.addTarget(target, sensors: sensors)
                var response = try Self.target(target.id, of: provider)
                response.status = .created
                response.headers.add("Location", "/api/targets/\(target.id)")
                return response
            }
        }
        routes.add(.put, "/api/targets/{id}", RangeDocumentation.putTarget) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: request.parameters["id"])
                try provider.putTarget(target, sensors: sensors)
                return try Self.target(target.id, of: provider)
            }
        }
        routes.add(.delete, "/api/targets/{id}", RangeDocumentation.deleteTarget) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                try provider.removeTarget(request.parameters["id"])
                return HTTPResponse(.noContent)
            }
        }
    }

    private static func target(_ id: String, of provider: any RangeProvider) throws(RangeError) -> HTTPResponse {
        guard let (target, sensors) = provider.targetList.first(where: { $0.target.id == id }) else {
            throw .unknown("there is no target \"\(id)\"")
        }
        return .json { TargetJSON.write(target, sensors: sensors, to: &$0) }
    }
}

/// Timers: status and commands.
extension RangeAPI {
    func addTimers(to routes: Router) {
        routes.get("/api/timers", RangeDocumentation.timers) { [provider] _ in
            .response(
                .json { writer in
                    writer.beginObject()
                    writer.key("timers")
                    writer.beginArray()
                    for timer in provider.timerList { TimerJSON.write(timer, to: &writer) }
                    writer.endArray()
                    writer.endObject()
                })
        }
        routes.get("/api/timers/{id}", RangeDocumentation.timer) { [provider] request in
            Self.reply { () throws(RangeError) in
                let timer = try Self.timer(request.parameters["id"], of: provider)
                return .json { TimerJSON.write(timer, to: &$0) }
            }
        }
        let commands: [(String, TimerCommand)] = [
            ("start", .start), ("stop", .stop), ("request/shots", .requestShots), ("request/screen", .requestScreen),
        ]
        for (path, command) in commands {
            routes.add(.post, "/api/timers/{id}/\(path)", RangeDocumentation.command(command)) { [timers] request in
                Self.reply { () throws(RangeError) in
                    try Self.send(command, to: request.parameters["id"], timers)
                }
            }
        }
        routes.add(
            .post, "/api/timers/{id}/sensitivity/{level}", RangeDocumentation.command(.sensitivity(1))
        ) { [timers] request in
            Self.reply { () throws(RangeError) in
                let level = try Self.sensitivity(request.parameters["level"])
                return try Self.send(.sensitivity(level), to: request.parameters["id"], timers)
            }
        }
    }

    static func timer(_ id: String, of provider: any RangeProvider) throws(RangeError) -> RangeTimerStatus {
        guard let timer = provider.timerList.first(where: { $0.id == id }) else {
            throw .unknown("there is no timer \"\(id)\"")
        }
        return timer
    }

    static func sensitivity(_ text: String) throws(RangeError) -> Int {
        guard let level = Int(text), (1...10).contains(level) else {
            throw .invalid("a sensitivity is a number from 1 to 10")
        }
        return level
    }

    /// `any` means the only connected timer.
    private static func send(
        _ command: TimerCommand, to id: String, _ timers: any TimerCommandSender
    ) throws(RangeError) -> HTTPResponse {
        try timers.send(command, to: id == "any" ? nil : id)
        // The timer does not confirm commands: its reaction appears as events.
        return .object(status: .accepted) { $0.member("status", "sent") }
    }
}

extension HTTPRequest {
    /// The body as a JSON object. An empty body is an empty object.
    func object() throws(RangeError) -> JSONObject {
        guard !body.isEmpty else { return JSONObject() }
        do {
            guard let object = try JSONValue(parsing: body).objectValue else {
                throw RangeError.invalid("the body must be a JSON object")
            }
            return object
        } catch let error as JSONError {
            throw .invalid("the body is not valid JSON: \(error.description)")
        } catch {
            throw .invalid("the body must be a JSON object")
        }
    }
}
