import JSON
import Reactor
import ShootingRange
import Web

/// Timers: how they are, and what they are told.
extension RangeAPI {
    func addTimers(to routes: Router) {
        routes.get("/api/timers") { [provider] _ in
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
        routes.get("/api/timers/{id}") { [provider] request in
            Self.reply { () throws(RangeError) in
                let timer = try Self.timer(request.parameters["id"], of: provider)
                return .json { TimerJSON.write(timer, to: &$0) }
            }
        }
        let orders: [(String, TimerCommand)] = [
            ("start", .start), ("stop", .stop), ("request/shots", .requestShots), ("request/screen", .requestScreen),
        ]
        for (path, order) in orders {
            routes.addAuthorised(.post, "/api/timers/{id}/\(path)") { [timers] request in
                Self.reply { () throws(RangeError) in
                    try Self.send(order, to: request.parameters["id"], timers)
                }
            }
        }
        routes.addAuthorised(.post, "/api/timers/{id}/sensitivity/{level}") { [timers] request in
            Self.reply { () throws(RangeError) in
                let level = try Self.sensitivity(request.parameters["level"])
                return try Self.send(.sensitivity(level), to: request.parameters["id"], timers)
            }
        }
    }

    static func timer(_ id: String, of keeper: any RangeProvider) throws(RangeError) -> RangeTimerStatus {
        guard let timer = keeper.timerList.first(where: { $0.id == id }) else {
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
        return .json(status: .accepted) { writer in
            writer.beginObject()
            writer.member("status", "sent")
            writer.endObject()
        }
    }
}
