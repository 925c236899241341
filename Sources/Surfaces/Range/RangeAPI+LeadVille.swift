import Clocks
import JSON
import Reactor
import ShootingRange
import Web

/// Timers under the paths, and in the formats, of LeadVille's own API, for its existing pages. Errors are in `detail`
/// there.
extension RangeAPI {
    private static let base = "/api/admin/amg"

    func addLeadVilleTimers(to routes: Router) {
        addLeadVilleQueries(to: routes)
        let timer = "\(Self.base)/timers/{id}"
        routes.add(.post, "\(timer)/connect", LeadVilleTimerDocumentation.connect) { [provider] request in
            Self.setTimerInUse(provider, request.parameters["id"], true)
        }
        routes.add(.post, "\(timer)/disconnect", LeadVilleTimerDocumentation.disconnect) { [provider] request in
            Self.setTimerInUse(provider, request.parameters["id"], false)
        }
        routes.add(.post, "\(timer)/start_monitoring", LeadVilleTimerDocumentation.startMonitoring) {
            [provider] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                guard try Self.timer(id, of: provider).isConnected else { throw .conflict("\(id) is not connected") }
                return ("Connected timers are always monitored", [("monitoring", .boolean(true))])
            }
        }
        routes.add(.post, "\(timer)/stop_monitoring", LeadVilleTimerDocumentation.stopMonitoring) {
            [provider] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                guard try !Self.timer(id, of: provider).isConnected else {
                    throw .conflict("connected timers are always monitored: disconnect the timer instead")
                }
                return ("The timer is not monitored", [("monitoring", .boolean(false))])
            }
        }
        routes.add(.post, "\(timer)/remote_start", LeadVilleTimerDocumentation.start) { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                try timers.send(.start, to: Self.timerID(id))
                return ("Remote start command sent", [("command_sent", .boolean(true))])
            }
        }
        routes.add(.post, "\(timer)/sensitivity/{level}", LeadVilleTimerDocumentation.sensitivity) { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                let level = try Self.sensitivity(request.parameters["level"])
                try timers.send(.sensitivity(level), to: Self.timerID(id))
                return (
                    "Sensitivity \(level) sent", [("sensitivity", .integer(Int64(level))), ("success", .boolean(true))]
                )
            }
        }
        routes.add(.post, "\(timer)/request_data", LeadVilleTimerDocumentation.requestData) { [timers] request in
            Self.leadVilleReply(request) { (id) throws(RangeError) in
                let kind = request.head.query["data_type"] ?? "shots"
                guard let command: TimerCommand = ["shots": .requestShots, "screen": .requestScreen][kind] else {
                    throw .invalid("\"data_type\" is shots or screen, not \"\(kind)\"")
                }
                try timers.send(command, to: Self.timerID(id))
                return ("Data requested", [("data_type", .string(kind)), ("success", .boolean(true))])
            }
        }
    }

    private func addLeadVilleQueries(to routes: Router) {
        routes.get("\(Self.base)/timers", LeadVilleTimerDocumentation.timers) { [provider] _ in
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
        routes.get("\(Self.base)/timers/{id}/status", LeadVilleTimerDocumentation.status) { [provider] request in
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
        routes.get("\(Self.base)/status", LeadVilleTimerDocumentation.summary) { [provider] _ in
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

    private static func setTimerInUse(_ provider: any RangeProvider, _ id: String, _ used: Bool) -> HTTPHandlerResult {
        do throws(RangeError) {
            try provider.setTimerInUse(id, used)
            let timer = try timer(id, of: provider)
            let text =
                !used
                ? "The timer will not be connected"
                : timer.isConnected ? "The timer is connected" : "The timer will be connected when it is reachable"
            let response = leadVilleResponse(id, text, [("connected", .boolean(used && timer.isConnected))])
            return .asyncResponse { await whenSaved(response, provider) }
        } catch {
            return .response(leadVilleError(error))
        }
    }

    private static func timerID(_ id: String) -> String? { id == "any" ? nil : id }

    /// Replies with a message and the further members that LeadVille's pages expect.
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

    private static func leadVilleError(_ error: RangeError) -> HTTPResponse {
        APIError(error).response { $0.member("detail", error.text) }
    }
}

enum TimerJSON {
    static func write(_ timer: RangeTimerStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", timer.id)
        writer.member("name", timer.name)
        writer.member("connected", timer.isConnected)
        writer.member("used", timer.isUsed)
        write("battery", timer.battery, to: &writer)
        write("signal", timer.signal, to: &writer)
        writer.member("last_seen", timer.lastSeen)
        writer.key("run_id")
        if let run = timer.run { writer.string(run) } else { writer.null() }
        writer.key("shots")
        write(timer.shots, to: &writer)
        writer.endObject()
    }

    /// The format of LeadVille's own pages. Timers do not report their sensitivity, so it stays null.
    static func writeLeadVille(_ timer: RangeTimerStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", timer.id)
        writer.member("hw_addr", timer.id)
        writer.member("label", timer.name)
        write("battery", timer.battery, to: &writer)
        write("rssi", timer.signal, to: &writer)
        writer.member("last_seen", timer.lastSeen)
        writer.member("connected", timer.isConnected)
        // Connected timers are always monitored.
        writer.member("monitoring", timer.isConnected)
        writer.key("sensitivity")
        writer.null()
        write("battery_level", timer.battery, to: &writer)
        write("signal_strength", timer.signal, to: &writer)
        writer.member("current_shots", timer.shots.count)
        writer.key("last_time")
        if let last = timer.shots.last { writer.number(last.inSeconds) } else { writer.null() }
        writer.key("shot_sequence")
        write(timer.shots, to: &writer)
        writer.endObject()
    }

    private static func write(_ name: StaticString, _ number: Int?, to writer: inout JSONWriter) {
        writer.key(name)
        if let number { writer.integer(number) } else { writer.null() }
    }

    private static func write(_ times: [Nanoseconds], to writer: inout JSONWriter) {
        writer.beginArray()
        for time in times { writer.number(time.inSeconds) }
        writer.endArray()
    }
}
