import JSON
import Web

/// What the routes of `MotionAPI` do.
enum MotionDocumentation {
    static var redirect: RouteDescription {
        .api("Phones in motion", "Redirects to the page").responds(.permanentRedirect)
    }

    static var stream: RouteDescription {
        .api("Phones in motion", "Sends the samples of all phones, at most four times a second")
            .socket(
                SocketDescription().sends(
                    "motion",
                    .object([
                        "type": .choice("motion"), "phone": .string, "session": .string.orNull, "clock": clock.orNull,
                        "samples": .map(to: .array(of: .array(of: .number))), "gaps": gaps,
                    ]), "The new samples of a phone: time in milliseconds since 1970, x, y and z, by quantity"))
    }

    static var phones: RouteDescription {
        .api("Phones in motion", "Lists the phones")
            .responds(
                .object([
                    "phones": .array(
                        of: .object([
                            "phone": .string, "session": .string.orNull, "messages": .integer,
                            "repeated_messages": .integer, "clock_resets": .integer, "clock": clock.orNull,
                            "samples": .map(to: .integer),
                            "recording": .object([
                                "name": .string, "started": .time, "trigger": .choice("request", "swing"),
                            ]).orNull,
                        ]))
                ]))
    }

    static var post: RouteDescription {
        .api("Phones in motion", "Receives a message of the app Sensor Logger, which may be compressed with gzip")
            .body(message)
            .responds(as: .html)
            .responds(HTTPStatus(499), as: .plainText, nil, "The message cannot be used; the app shows the text")
    }

    static var message: JSONSchema {
        .object([
            "messageId": .integer.optional, "sessionId": .string.optional, "deviceId": .string.optional,
            "payload": .array(of: .any),
        ])
    }

    /// By quantity, where samples are missing.
    static var gaps: JSONSchema {
        .map(to: .array(of: .array(of: .number))).meaning("The times of the samples before and after each gap")
    }

    private static var clock: JSONSchema { .object(["offset_seconds": .number, "error_seconds": .number]) }
}
