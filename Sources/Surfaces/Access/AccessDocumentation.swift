import JSON
import Web

/// What the routes of `AccessAPI` do.
enum AccessDocumentation {
    static var whoAmI: RouteDescription {
        .api("Access", "Returns what the client may do").responds(rights)
    }

    static var login: RouteDescription {
        .api("Access", "Keeps a token in a cookie of this browser")
            .text(
                """
                Scripts cannot read the cookie, and requests of foreign pages do not have it. With `keep` it stays for 30 \
                days, otherwise until the browser is closed. After five wrong tokens, further attempts must wait.
                """
            )
            .body(.closedObject(["token": .string(longest: 256), "keep": .boolean.optional]))
            .responds(rights).fails(.badRequest)
            .responds(.unauthorized, as: .json, AccessReject.schema)
            .responds(.tooManyRequests, as: .json, AccessReject.schema)
    }

    static var logout: RouteDescription {
        .api("Access", "Removes the cookie from this browser").responds(.noContent)
    }

    static var list: RouteDescription {
        .api("Access", "Lists the tokens that are stored")
            .text("The tokens themselves are not kept. `last_used` is null for one that was never used.")
            .responds(.object(["tokens": .array(of: token)]))
    }

    static var add: RouteDescription {
        .api("Access", "Makes a token")
            .text("The text of the token is in this response only.")
            .body(.closedObject(["name": .string(longest: TokenTable.maximumNameBytes), "role": role]))
            .responds(
                .object([
                    "id": .string, "name": .string, "role": role, "created": .time, "last_used": .time.orNull,
                    "token": .string,
                ]), .created
            )
            .fails(.badRequest, .conflict, .tooManyRequests, .serviceUnavailable)
    }

    static var revoke: RouteDescription {
        .api("Access", "Revokes a token, and closes its sockets")
            .parameter("id", "The id of the token, or its name")
            .responds(token).fails(.notFound, .serviceUnavailable)
    }

    static var audit: RouteDescription {
        .api("Access", "Lists who changed what over the network, newest first")
            .text(
                """
                Measurements, and events that applications publish, are no entries. `next` is the value of `before` for \
                the following page, null on the last one. Without any token, the rules for changes apply.
                """
            )
            .query("limit", .integer, "The maximum number of entries, up to 500; 100 by default")
            .query("before", .integer, "Only entries with lower ids")
            .responds(
                .object([
                    "entries": .array(
                        of: .named(
                            "AuditEntry",
                            .object([
                                "type": .choice("audit"), "event_type": .choice("change_made"), "timestamp": .time,
                                "token": .string.orNull.meaning("The name of the token, null without one"),
                                "address": .string, "action": .string.meaning("The method and the path"),
                                "status": .integer.orNull.meaning(
                                    "Null if the client disconnected before the response"), "id": .integer,
                                "device_time": .object([:]).orNull.optional,
                            ]))), "next": .integer.orNull,
                ])
            )
            .fails(.badRequest, .serviceUnavailable)
    }

    private static var role: JSONSchema { .choice(AccessRole.allCases.map(\.rawValue)) }

    private static var token: JSONSchema {
        .named(
            "Token",
            .object([
                "id": .string, "name": .string, "role": role, "created": .time, "last_used": .time.orNull,
            ]))
    }

    private static var rights: JSONSchema {
        .named(
            "Rights",
            .object([
                "name": .string.orNull.meaning("The name of the token that the request presents"),
                "role": role.orNull, "tokens": .boolean.meaning("Whether any token exists"),
                "may": .array(of: role).meaning("The roles whose routes the client may use now"),
            ]))
    }
}
