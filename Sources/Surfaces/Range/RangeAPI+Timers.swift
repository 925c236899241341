import JSON
import Reactor
import Web

/// Timers: how they are, and what they are told.
extension RangeAPI {
    func addTimers(to routes: Router) {
        routes.get("/api/timers") { [keeper] _ in
            .response(
                .json { writer in
                    writer.beginObject()
                    writer.key("timers")
                    writer.beginArray()
                    for timer in keeper.timerList { TimerJSON.write(timer, to: &writer) }
                    writer.endArray()
                    writer.endObject()
                })
        }
        routes.get("/api/timers/{id}") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in
                let timer = try Self.timer(request.parameters["id"], of: keeper)
                return .json { TimerJSON.write(timer, to: &$0) }
            }
        }
        let orders: [(String, TimerOrder)] = [
            ("start", .start), ("stop", .stop), ("request/shots", .requestShots), ("request/screen", .requestScreen),
        ]
        for (path, order) in orders {
            routes.authorised(.post, "/api/timers/{id}/\(path)") { [keeper] request in
                Self.tell(keeper, request.parameters["id"], order)
            }
        }
        routes.authorised(.post, "/api/timers/{id}/sensitivity/{level}") { [keeper] request in
            Self.answer { () throws(RangeRefusal) in
                let level = try Self.sensitivity(request.parameters["level"])
                return try Self.told(keeper, request.parameters["id"], .sensitivity(level))
            }
        }
    }

    static func timer(_ id: String, of keeper: any RangeKeeper) throws(RangeRefusal) -> RangeTimerStatus {
        guard let timer = keeper.timerList.first(where: { $0.id == id }) else {
            throw .unknown("there is no timer \"\(id)\"")
        }
        return timer
    }

    static func sensitivity(_ text: String) throws(RangeRefusal) -> Int {
        guard let level = Int(text), (1...10).contains(level) else {
            throw .invalid("a sensitivity is a number from 1 to 10")
        }
        return level
    }

    private static func tell(_ keeper: any RangeKeeper, _ id: String, _ order: TimerOrder) -> HTTPReply {
        answer { () throws(RangeRefusal) in try told(keeper, id, order) }
    }

    /// `any` stands for the only timer that is connected.
    private static func told(
        _ keeper: any RangeKeeper, _ id: String, _ order: TimerOrder
    ) throws(RangeRefusal) -> HTTPResponse {
        try keeper.tell(id == "any" ? nil : id, order)
        // The timer does not confirm: what it does is heard as events.
        return .json(status: .accepted) { writer in
            writer.beginObject()
            writer.member("status", "sent")
            writer.endObject()
        }
    }
}
