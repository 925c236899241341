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
            routes.addAuthorised(.post, "/api/timers/{id}/\(path)") { [provider] request in
                Self.commandReply(provider, request.parameters["id"], order)
            }
        }
        routes.addAuthorised(.post, "/api/timers/{id}/sensitivity/{level}") { [provider] request in
            Self.reply { () throws(RangeError) in
                let level = try Self.sensitivity(request.parameters["level"])
                return try Self.sendCommand(provider, request.parameters["id"], .sensitivity(level))
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

    private static func commandReply(_ keeper: any RangeProvider, _ id: String, _ order: TimerCommand)
        -> HTTPHandlerResult
    {
        reply { () throws(RangeError) in try sendCommand(keeper, id, order) }
    }

    /// `any` stands for the only timer that is connected.
    private static func sendCommand(
        _ keeper: any RangeProvider, _ id: String, _ order: TimerCommand
    ) throws(RangeError) -> HTTPResponse {
        try keeper.sendCommand(to: id == "any" ? nil : id, order)
        // The timer does not confirm: what it does is heard as events.
        return .json(status: .accepted) { writer in
            writer.beginObject()
            writer.member("status", "sent")
            writer.endObject()
        }
    }
}
