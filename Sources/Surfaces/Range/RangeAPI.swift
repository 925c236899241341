import Events
import JSON
import Reactor
import ShootingRange
import Web

/// The range over HTTP: `/api/targets`, `/api/sensors`, `/api/runs`, `/api/timers`, `/api/events`.
@ReactorActor
package struct RangeAPI {
    let provider: any RangeProvider
    let timers: any TimerCommandSender

    package init(_ provider: any RangeProvider, timers: any TimerCommandSender) {
        self.provider = provider
        self.timers = timers
    }

    package func add(to routes: Router) {
        addTargets(to: routes)
        addSensors(to: routes)
        addRecordings(to: routes)
        addRuns(to: routes)
        addTimers(to: routes)
        addLeadVilleTimers(to: routes)
        routes.get("/api/events/{id}/explain") { [provider] request in
            Self.eventually { () throws(RangeError) in
                guard let id = UInt64(request.parameters["id"]) else {
                    throw .invalid("an event's id is a number, not \"\(request.parameters["id"])\"")
                }
                return .json(try await provider.explanation(of: id))
            }
        }
    }

    /// What can be answered at once.
    static func reply(_ work: () throws(RangeError) -> HTTPResponse) -> HTTPHandlerResult {
        do throws(RangeError) {
            return .response(try work())
        } catch {
            return .response(.error(error))
        }
    }

    /// What has to be looked up first.
    static func eventually(
        _ work: @escaping @ReactorActor () async throws(RangeError) -> HTTPResponse
    ) -> HTTPHandlerResult {
        .asyncResponse {
            do throws(RangeError) {
                return try await work()
            } catch {
                return .error(error)
            }
        }
    }
}

/// Targets.
extension RangeAPI {
    private func addTargets(to routes: Router) {
        routes.get("/api/targets") { [provider] _ in
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
        routes.get("/api/targets/{id}") { [provider] request in
            Self.reply { () throws(RangeError) in try Self.target(request.parameters["id"], of: provider) }
        }
        routes.addAuthorised(.post, "/api/targets") { [provider] request in
            Self.reply { () throws(RangeError) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: nil)
                try provider.addTarget(target, sensors: sensors)
                var response = try Self.target(target.id, of: provider)
                response.status = .created
                response.headers.add("Location", "/api/targets/\(target.id)")
                return response
            }
        }
        routes.addAuthorised(.put, "/api/targets/{id}") { [provider] request in
            Self.reply { () throws(RangeError) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: request.parameters["id"])
                try provider.putTarget(target, sensors: sensors)
                return try Self.target(target.id, of: provider)
            }
        }
        routes.addAuthorised(.delete, "/api/targets/{id}") { [provider] request in
            Self.reply { () throws(RangeError) in
                try provider.removeTarget(request.parameters["id"])
                return HTTPResponse(.noContent)
            }
        }
    }

    private static func target(_ id: String, of keeper: any RangeProvider) throws(RangeError) -> HTTPResponse {
        guard let (target, sensors) = keeper.targetList.first(where: { $0.target.id == id }) else {
            throw .unknown("there is no target \"\(id)\"")
        }
        return .json { TargetJSON.write(target, sensors: sensors, to: &$0) }
    }
}
