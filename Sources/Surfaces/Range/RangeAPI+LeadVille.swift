import Clocks
import JSON
import Reactor
import Web

/// Timers by the paths, and in the shapes, of LeadVille's own interface, for the pages that exist. A refusal has its
/// sentence in `detail` there.
extension RangeAPI {
    private static let base = "/api/admin/amg"

    func addLeadVilleTimers(to routes: Router) {
        addLeadVilleReading(to: routes)
        let timer = "\(Self.base)/timers/{id}"
        routes.authorised(.post, "\(timer)/connect") { [keeper] request in
            Self.use(keeper, request.parameters["id"], true)
        }
        routes.authorised(.post, "\(timer)/disconnect") { [keeper] request in
            Self.use(keeper, request.parameters["id"], false)
        }
        routes.authorised(.post, "\(timer)/start_monitoring") { [keeper] request in
            Self.answerLeadVille(request) { (id) throws(RangeRefusal) in
                guard try Self.timer(id, of: keeper).isConnected else { throw .conflict("\(id) is not connected") }
                return ("Whoever is connected is listened to", [("monitoring", .boolean(true))])
            }
        }
        routes.authorised(.post, "\(timer)/stop_monitoring") { [keeper] request in
            Self.answerLeadVille(request) { (id) throws(RangeRefusal) in
                guard try !Self.timer(id, of: keeper).isConnected else {
                    throw .conflict("whoever is connected is listened to: disconnect it")
                }
                return ("Nobody listens to it", [("monitoring", .boolean(false))])
            }
        }
        routes.authorised(.post, "\(timer)/remote_start") { [keeper] request in
            Self.answerLeadVille(request) { (id) throws(RangeRefusal) in
                try keeper.tell(Self.only(id), .start)
                return ("Remote start command sent", [("command_sent", .boolean(true))])
            }
        }
        routes.authorised(.post, "\(timer)/sensitivity/{level}") { [keeper] request in
            Self.answerLeadVille(request) { (id) throws(RangeRefusal) in
                let level = try Self.sensitivity(request.parameters["level"])
                try keeper.tell(Self.only(id), .sensitivity(level))
                return (
                    "Sensitivity \(level) sent", [("sensitivity", .integer(Int64(level))), ("success", .boolean(true))]
                )
            }
        }
        routes.authorised(.post, "\(timer)/request_data") { [keeper] request in
            Self.answerLeadVille(request) { (id) throws(RangeRefusal) in
                let kind = request.head.query["data_type"] ?? "shots"
                guard let order: TimerOrder = ["shots": .requestShots, "screen": .requestScreen][kind] else {
                    throw .invalid("\"data_type\" is shots or screen, not \"\(kind)\"")
                }
                try keeper.tell(Self.only(id), order)
                return ("Asked for", [("data_type", .string(kind)), ("success", .boolean(true))])
            }
        }
    }

    private func addLeadVilleReading(to routes: Router) {
        routes.get("\(Self.base)/timers") { [keeper] _ in
            .response(
                .json { writer in
                    let timers = keeper.timerList
                    writer.beginObject()
                    writer.key("timers")
                    writer.beginArray()
                    for timer in timers { TimerJSON.writeLeadVille(timer, to: &writer) }
                    writer.endArray()
                    writer.member("total_count", timers.count)
                    writer.member("connected_count", timers.count(where: \.isConnected))
                    writer.endObject()
                })
        }
        routes.get("\(Self.base)/timers/{id}/status") { [keeper] request in
            do throws(RangeRefusal) {
                let timer = try Self.timer(request.parameters["id"], of: keeper)
                return .response(
                    .json { writer in
                        writer.beginObject()
                        writer.key("status")
                        TimerJSON.writeLeadVille(timer, to: &writer)
                        writer.member("timestamp", SystemClock.wall())
                        writer.endObject()
                    })
            } catch {
                return .response(Self.refusedLeadVille(error))
            }
        }
        routes.get("\(Self.base)/status") { [keeper] _ in
            .response(
                .json { writer in
                    let timers = keeper.timerList
                    writer.beginObject()
                    writer.key("manager_status")
                    writer.beginObject()
                    writer.member("total_timers", timers.count)
                    writer.member("connected_timers", timers.count(where: \.isConnected))
                    writer.endObject()
                    writer.member("timestamp", SystemClock.wall())
                    writer.endObject()
                })
        }
    }

    private static func use(_ keeper: any RangeKeeper, _ id: String, _ used: Bool) -> HTTPReply {
        do throws(RangeRefusal) {
            try keeper.useTimer(id, used)
            let timer = try timer(id, of: keeper)
            let text =
                !used
                ? "It is left alone from now on"
                : timer.isConnected ? "It is connected" : "It will be connected to as soon as it can be"
            return .response(done(id, text, [("connected", .boolean(used && timer.isConnected))]))
        } catch {
            return .response(refusedLeadVille(error))
        }
    }

    private static func only(_ id: String) -> String? { id == "any" ? nil : id }

    /// What is answered when it is done: a sentence, and what else LeadVille's pages look for.
    private static func answerLeadVille(
        _ request: HTTPRequest,
        _ work: (String) throws(RangeRefusal) -> (message: String, members: [(String, JSONValue)])
    ) -> HTTPReply {
        let id = request.parameters["id"]
        do throws(RangeRefusal) {
            let (message, members) = try work(id)
            return .response(done(id, message, members))
        } catch {
            return .response(refusedLeadVille(error))
        }
    }

    private static func done(_ id: String, _ message: String, _ members: [(String, JSONValue)]) -> HTTPResponse {
        var answer = JSONObject()
        answer.set("hw_addr", to: .string(id))
        for (name, value) in members { answer.set(name, to: value) }
        answer.set("message", to: .string(message))
        return .json { $0.value(.object(answer)) }
    }

    private static func refusedLeadVille(_ refusal: RangeRefusal) -> HTTPResponse {
        .json(status: refusal.status) { writer in
            writer.beginObject()
            writer.member("detail", refusal.text)
            writer.member("error", refusal.text)
            writer.endObject()
        }
    }
}
