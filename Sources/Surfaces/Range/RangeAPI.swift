import Events
import JSON
import Reactor
import Web

/// The range over HTTP: `/api/targets`, `/api/sensors`, `/api/runs`, `/api/timers`, `/api/events`.
@ReactorActor
package struct RangeAPI {
    let keeper: any RangeKeeper

    package init(_ keeper: any RangeKeeper) {
        self.keeper = keeper
    }

    package func add(to routes: Router) {
        addTargets(to: routes)
        addSensors(to: routes)
        addRecordings(to: routes)
        addRuns(to: routes)
        addTimers(to: routes)
        addLeadVilleTimers(to: routes)
        routes.get("/api/events/{id}/explain") { [keeper] request in
            Self.eventually { () throws(RangeRefusal) in
                guard let id = UInt64(request.parameters["id"]) else {
                    throw .invalid("an event's id is a number, not \"\(request.parameters["id"])\"")
                }
                return .json(try await keeper.explanation(of: id))
            }
        }
    }

    /// What can be answered at once.
    static func answer(_ work: () throws(RangeRefusal) -> HTTPResponse) -> HTTPReply {
        do throws(RangeRefusal) {
            return .response(try work())
        } catch {
            return .response(.refused(error))
        }
    }

    /// What has to be looked up first.
    static func eventually(
        _ work: @escaping @ReactorActor () async throws(RangeRefusal) -> HTTPResponse
    ) -> HTTPReply {
        .eventually {
            do throws(RangeRefusal) {
                return try await work()
            } catch {
                return .refused(error)
            }
        }
    }
}

/// Targets.
extension RangeAPI {
    private func addTargets(to routes: Router) {
        routes.get("/api/targets") { [keeper] _ in
            .response(
                .json { writer in
                    writer.beginObject()
                    writer.key("targets")
                    writer.beginArray()
                    for (target, sensors) in keeper.targetList {
                        TargetJSON.write(target, sensors: sensors, to: &writer)
                    }
                    writer.endArray()
                    writer.endObject()
                })
        }
        routes.get("/api/targets/{id}") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in try Self.target(request.parameters["id"], of: keeper) }
        }
        routes.authorised(.post, "/api/targets") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: nil)
                try keeper.addTarget(target, sensors: sensors)
                var response = try Self.target(target.id, of: keeper)
                response.status = .created
                response.headers.add("Location", "/api/targets/\(target.id)")
                return response
            }
        }
        routes.authorised(.put, "/api/targets/{id}") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in
                let (target, sensors) = try TargetJSON.read(request.object(), id: request.parameters["id"])
                try keeper.putTarget(target, sensors: sensors)
                return try Self.target(target.id, of: keeper)
            }
        }
        routes.authorised(.delete, "/api/targets/{id}") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in
                try keeper.removeTarget(request.parameters["id"])
                return HTTPResponse(.noContent)
            }
        }
    }

    private static func target(_ id: String, of keeper: any RangeKeeper) throws(RangeRefusal) -> HTTPResponse {
        guard let (target, sensors) = keeper.targetList.first(where: { $0.target.id == id }) else {
            throw .unknown("there is no target \"\(id)\"")
        }
        return .json { TargetJSON.write(target, sensors: sensors, to: &$0) }
    }
}
