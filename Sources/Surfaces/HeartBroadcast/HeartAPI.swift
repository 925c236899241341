import Clocks
import Drivers
import Events
import JSON
import Reactor
import Signals
import Web

/// Every user with the latest rates, for pages that begin with the present state: `/api/hearts`.
@ReactorActor
package struct HeartAPI: Surface {
    private unowned let heartRates: HeartRateService

    package init(_ heartRates: HeartRateService) {
        self.heartRates = heartRates
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/hearts", ConsoleDocumentation.hearts) { [heartRates] _ in
            .asyncResponse { await Self.list(heartRates) }
        }
    }

    /// Written user by user: the loop serves others in between.
    private static func list(_ heartRates: HeartRateService) async -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("users")
        writer.beginArray()
        for entry in heartRates.users.entries {
            guard let event = heartRates.latestEvent(of: entry.user), case .heart(let heart) = event.body else {
                continue
            }
            let isStale = heartRates.users.isStale(entry, at: SystemClock.monotonic())
            write(entry, heart, event.stamp, isStale: isStale, to: &writer)
            await Task.yield()
        }
        writer.endArray()
        writer.endObject()
        return .json(writer.finish())
    }

    static func write(
        _ entry: HeartUsers.Entry, _ heart: HeartEvent, _ stamp: EventStamp, isStale: Bool, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("user", entry.user)
        writer.member("device_id", heart.device.text)
        writer.key("bpm")
        if let rate = heart.rate.beatsPerMinute { writer.number(rate) } else { writer.null() }
        writer.member("bpm_raw", heart.measured)
        writer.member("stale", isStale)
        writer.member("last_reading", stamp.wall)
        writer.member("event_id", stamp.id)
        writer.key("statistics")
        HeartJSON.statistics(entry.signal.history.statistics, to: &writer)
        writer.array("history", entry.signal.history.rates) { $1.number($0, decimals: 2) }
        writer.array("history_raw", entry.signal.measured.rates) { $1.number($0, decimals: 2) }
        writer.endObject()
    }
}
