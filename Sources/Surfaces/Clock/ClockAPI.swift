import Clocks
import Drivers
import JSON
import Reactor
import ShootingRange
import Web

/// The time of the gateway, and setting it from the device that opens the console: `/api/clock`.
@ReactorActor
package struct ClockAPI: Surface {
    private let clock: ClockService

    package init(_ clock: ClockService) {
        self.clock = clock
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/clock", ClockDocumentation.state) { [clock] _ in
            clock.observe()
            return .response(.object { Self.write(clock, to: &$0) })
        }
        routes.add(.post, "/api/clock", ClockDocumentation.setting) { [clock] request in
            .asyncResponse { await Self.set(request, clock) }
        }
    }

    private static func set(_ request: HTTPRequest, _ clock: ClockService) async -> HTTPResponse {
        guard let members = try? RequestMembers(request.object(), known: ["time"]),
            let text = try? members.text("time") ?? nil, let time = ISO8601.parse(text)
        else {
            return APIError.invalid("send {\"time\": \"2026-11-30T10:15:00.000Z\"}, in UTC").response
        }
        do throws(GatewayClock.Reject) {
            let (shift, runs) = try await clock.set(time, by: request.client?.name ?? request.peer.host)
            return .object { writer in
                write(clock, to: &writer)
                writer.member("shift_seconds", seconds: shift)
                writer.member("runs", runs)
            }
        } catch {
            switch error {
            case .isSet(let source):
                return APIError(reason: .conflict, message: "the time is known already: \(source.rawValue)").response
            case .implausible:
                return APIError.invalid("this time is before the gateway was built, or decades later").response
            }
        }
    }

    static func write(_ clock: ClockService, to writer: inout JSONWriter) {
        writer.member("time", SystemClock.wall())
        writer.member("source", clock.source.rawValue)
        writer.member("may_be_set", clock.source.isProvisional)
        writer.member("offset_seconds", seconds: clock.offset)
    }
}

/// What the routes of `ClockAPI` do.
enum ClockDocumentation {
    static var state: RouteDescription {
        .api("Gateway", "Returns the time of the gateway, and where it comes from").responds(time)
    }

    static var setting: RouteDescription {
        .api("Gateway", "Takes the time from the client's device")
            .text(
                """
                Only while the time is not known: 409 otherwise. The times of the runs of this boot are corrected, and once more \
                when a time server is reached.
                """
            )
            .body(.closedObject(["time": .time]))
            .responds(
                time.adding([
                    "shift_seconds": .number.meaning("By how much the time was corrected"),
                    "runs": .integer.meaning("The number of runs whose times were corrected"),
                ])
            )
            .fails(.badRequest, .conflict)
    }

    static var source: JSONSchema { .choice(ClockSource.allCases.map(\.rawValue)) }

    private static var time: JSONSchema {
        .object([
            "time": .time, "source": source,
            "may_be_set": .boolean.meaning(
                "Whether the time may be set here: the source is unset, unconfirmed or phone"),
            "offset_seconds": .number.meaning("What the gateway adds to the clock of its machine"),
        ])
    }
}
