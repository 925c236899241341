import Clocks
import JSON
import Reactor
import ShootingRange
import Web

/// Timers by the paths, and in the shapes, of LeadVille's own interface, for the pages that exist. A refusal has its
/// sentence in `detail` there.
extension RangeAPI {
    private static let base = "/api/admin/amg"

    func addLeadVilleTimers(to routes: Router) {
        addLeadVilleQueries(to: routes)
        let timer = "\(Self.base)/timers/{id}"
        routes.addAuthorised(.post, "\(timer)/connect") { [provider] request in
            Self.setTimerInUse(provider, request.parameters["id"], true)
        }
        routes.addAuthorised(.post, "\(timer)/disconnect") { [provider] request in
            Self.setTimerInUse(provider, request.parameters["id"], false)
        }
        routes.addAuthorised(.post, "\(timer)/start_monitoring") { [provider] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                guard try Self.timer(id, of: provider).isConnected else { throw .conflict("\(id) is not connected") }
                return ("Whoever is connected is listened to", [("monitoring", .boolean(true))])
            }
        }
        routes.addAuthorised(.post, "\(timer)/stop_monitoring") { [provider] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                guard try !Self.timer(id, of: provider).isConnected else {
                    throw .conflict("whoever is connected is listened to: disconnect it")
                }
                return ("Nobody listens to it", [("monitoring", .boolean(false))])
            }
        }
        routes.addAuthorised(.post, "\(timer)/remote_start") { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                try timers.send(.start, to: Self.timerID(id))
                return ("Remote start command sent", [("command_sent", .boolean(true))])
            }
        }
        routes.addAuthorised(.post, "\(timer)/sensitivity/{level}") { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                let level = try Self.sensitivity(request.parameters["level"])
                try timers.send(.sensitivity(level), to: Self.timerID(id))
                return (
                    "Sensitivity \(level) sent", [("sensitivity", .integer(Int64(level))), ("success", .boolean(true))]
                )
            }
        }
        routes.addAuthorised(.post, "\(timer)/request_data") { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                let kind = request.head.query["data_type"] ?? "shots"
                guard let order: TimerCommand = ["shots": .requestShots, "screen": .requestScreen][kind] else {
                    throw .invalid("\"data_type\" is shots or screen, not \"\(kind)\"")
                }
                try timers.send(order, to: Self.timerID(id))
                return ("Asked for", [("data_type", .string(kind)), ("success", .boolean(true))])
            }
        }
    }

    private func addLeadVilleQueries(to routes: Router) {
        routes.get("\(Self.base)/timers") { [provider] _ in
            .response(
                .json { writer in
                    let timers = provider.timerList
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
        routes.get("\(Self.base)/timers/{id}/status") { [provider] request in
            do throws(RangeError) {
                let timer = try Self.timer(request.parameters["id"], of: provider)
                return .response(
                    .json { writer in
                        writer.beginObject()
                        writer.key("status")
                        TimerJSON.writeLeadVille(timer, to: &writer)
                        writer.member("timestamp", SystemClock.wall())
                        writer.endObject()
                    })
            } catch {
                return .response(Self.leadVilleError(error))
            }
        }
        routes.get("\(Self.base)/status") { [provider] _ in
            .response(
                .json { writer in
                    let timers = provider.timerList
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

    private static func setTimerInUse(_ keeper: any RangeProvider, _ id: String, _ used: Bool) -> HTTPHandlerResult {
        do throws(RangeError) {
            try keeper.setTimerInUse(id, used)
            let timer = try timer(id, of: keeper)
            let text =
                !used
                ? "It is left alone from now on"
                : timer.isConnected ? "It is connected" : "It will be connected to as soon as it can be"
            return .response(leadVilleResponse(id, text, [("connected", .boolean(used && timer.isConnected))]))
        } catch {
            return .response(leadVilleError(error))
        }
    }

    private static func timerID(_ id: String) -> String? { id == "any" ? nil : id }

    /// What is answered when it is done: a sentence, and what else LeadVille's pages look for.
    private static func leadVilleReply(
        _ request: HTTPRequest,
        _ work: (String) throws(RangeError) -> (message: String, members: [(String, JSONValue)])
    ) -> HTTPHandlerResult {
        let id = request.parameters["id"]
        do throws(RangeError) {
            let (message, members) = try work(id)
            return .response(leadVilleResponse(id, message, members))
        } catch {
            return .response(leadVilleError(error))
        }
    }

    private static func leadVilleResponse(_ id: String, _ message: String, _ members: [(String, JSONValue)])
        -> HTTPResponse
    {
        var answer = JSONObject()
        answer.set("hw_addr", to: .string(id))
        for (name, value) in members { answer.set(name, to: value) }
        answer.set("message", to: .string(message))
        return .json { $0.value(.object(answer)) }
    }

    private static func leadVilleError(_ refusal: RangeError) -> HTTPResponse {
        .json(status: refusal.status) { writer in
            writer.beginObject()
            writer.member("detail", refusal.text)
            writer.member("error", refusal.text)
            writer.endObject()
        }
    }
}
