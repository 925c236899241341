import Clocks
import Events
import Hub
import JSON
import Metrics
import Reactor

/// Publishes the events of application code.
@ReactorActor
final class ApplicationEventPublisher {
    private unowned let hub: Hub
    private var limit = ApplicationEventLimit()
    private let rejects: [APIError.Reason: Counter]

    init(hub: Hub, metrics: MetricsRegistry) {
        self.hub = hub
        var rejects: [APIError.Reason: Counter] = [:]
        for reason in [APIError.Reason.invalid, .limit] {
            rejects[reason] = metrics.counter(
                "leadville_application_event_rejects_total",
                "Requests to publish application events that were rejected, by reason.",
                ["reason": reason.rawValue])
        }
        self.rejects = rejects
    }

    /// Publishes all events or none. Returns their ids.
    func publish(
        at now: Moment = .now(), _ parse: () throws(APIError) -> [ApplicationEvent]
    ) throws(APIError) -> [UInt64] {
        do throws(APIError) {
            let events = try parse()
            guard limit.admits(events.count, at: now.monotonic) else {
                let rate = ApplicationEventLimit.eventsPerSecond
                throw APIError(
                    reason: .limit, message: "too many events; all applications together may publish \(rate) a second")
            }
            return events.map { hub.publish(.application($0), at: now).id }
        } catch {
            rejects[error.reason]?.add()
            throw error
        }
    }
}

/// The events of applications, marked with their source.
extension LiveEventJSON {
    func write(_ event: ApplicationEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", event.kind.rawValue)
        writer.member("event_type", event.name)
        writer.member("timestamp", stamp.wall)
        switch event.kind {
        case .status: if let message = event.message { writer.member("message", message) }
        case .sensorEvent: writer.member("sensor_id", event.subject ?? "application")
        case .timerEvent: writer.member("device_id", event.subject ?? "application")
        case .runUpdate: writer.member("run_id", orNull: event.subject)
        }
        writer.member("data", raw: event.data[...])
        writer.member("source", "application")
        end(stamp, to: &writer)
    }
}

extension ApplicationEvent.Kind {
    var channel: Channel {
        switch self {
        case .status: .status
        case .sensorEvent: .sensorEvent
        case .timerEvent: .timerEvent
        case .runUpdate: .runUpdate
        }
    }
}
