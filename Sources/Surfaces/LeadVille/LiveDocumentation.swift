import JSON
import Web

/// What the routes of `LiveSocket` do, in its order.
enum LiveDocumentation {
    /// The live socket in one vocabulary.
    static func socket(_ vocabulary: LiveVocabulary) -> RouteDescription {
        describe("Sends the events of the subscribed channels")
            .text("Messages to one client have the format of the LeadVille server that clients expect on this port.")
            .socket(
                SocketDescription()
                    .sends("timerEvent", LiveSchemas.timer, "A start, a shot, a stop or a list of shots")
                    .sends("sensorEvent", LiveSchemas.sensor, "An impact, or a motion that was rejected")
                    .sends("runUpdate", LiveSchemas.run, "A change of a run")
                    .sends("sessionUpdate", LiveSchemas.session, "The shots of a run so far")
                    .sends("heartRate", LiveSchemas.heart, "A rate, a beat, a change of contact, or silence")
                    .sends("pressure", LiveSchemas.pressure, "A frame of a mat")
                    .sends("binaryPressure", as: .octets, .string, "A frame of a mat, with `encoding` `binary`")
                    .sends("motion", LiveSchemas.motion, "The samples of one message of a phone")
                    .sends("measurement", LiveSchemas.measurement, "What another sensor measured")
                    .sends("status", LiveSchemas.status, "What happened to a device or to the Bluetooth adapter")
                    .sends("healthStatus", LiveSchemas.health, "The health of a timer")
                    .sends("applicationEvent", LiveSchemas.application, "An event of an application")
                    .sends("replay", LiveSchemas.replay, "Notices to a client that missed events")
                    .sends("reply", LiveSchemas.reply, "A greeting, a confirmation, an error: to one client")
                    .receives("subscribe", LiveSchemas.subscribe, "Subscribes to channels")
                    .receives("unsubscribe", LiveSchemas.unsubscribe, "Ends subscriptions; without channels, all")
                    .receives("ping", LiveSchemas.command("ping"), "Is answered with pong")
                    .receives("getStatus", LiveSchemas.command("get_status"), "Is answered with the state")
                    .receives("publish", LiveSchemas.newEvents, "Publishes events of an application"))
    }

    static var state: RouteDescription {
        describe("Returns the number of clients, and the id of the latest event")
            .responds(.object(["clients": .integer, "latest_event_id": .integer]))
    }

    static var stream: RouteDescription {
        describe("Sends the events of channels as server-sent events")
            .text(
                """
                The data of each event is a message of the live socket, and its id that of the event. With \
                `Last-Event-ID` or `since`, missed events come first, from the journal. A message without an id \
                reports events that are no longer stored.
                """
            )
            .query("channels", .string, "Names of channels, separated by commas; those of a new client by default")
            .query("since", .integer(from: 0), "The id of the latest event that the client knows")
            .responds(as: MediaType("text/event-stream")).fails(.badRequest)
    }

    static var capture: RouteDescription {
        describe("Returns the events of the last minutes, with the bytes that they were derived from")
            .text(
                """
                One JSON object per line, in order: `source` is the device, `event` the event as it is stored, and \
                `explanation`, of events of the range, how it was derived. At most the latest 20,000 events and 4 MiB; \
                frames of mats, motions of phones and the audit trail are not among them.
                """
            )
            .query("minutes", .integer(in: 1...60), "5 by default")
            .responds(as: .jsonLines, .string).fails(.badRequest, .serviceUnavailable)
    }

    static var publish: RouteDescription {
        describe("Publishes events of an application: one, or a list")
            .body(LiveSchemas.newEvents)
            .responds(
                .object([
                    "published": .integer, "ids": .array(of: .integer), "clients": .integer,
                    "latest_event_id": .integer,
                ])
            )
            .fails(.badRequest, .tooManyRequests)
    }

    private static func describe(_ summary: String) -> RouteDescription { .api("Live events", summary) }
}
