import JSON
import Web

extension RouteDescription {
    /// A route of the gateway's own API, whose errors are `APIError`s.
    static func api(_ group: String, _ summary: String) -> Self { Self(summary, in: group, errors: APIError.schema) }
}

extension APIError {
    static var schema: JSONSchema {
        .named(
            "Error",
            .object([
                "error": .string.meaning("What is wrong, and what to do"),
                "reason": .choice("unknown", "invalid", "conflict", "limit", "unavailable"),
            ]))
    }
}
