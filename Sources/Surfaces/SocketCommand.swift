import JSON

/// A command that a WebSocket client sends as `{"type": …}`.
protocol SocketCommand {
    /// Nil for a type that is not a command.
    init?(type: String, _ object: JSONObject)
    /// Nil for a list that is not a command.
    init?(list: [JSONValue])

    /// Valid JSON, but not a command. The type as it is echoed to the client.
    static func unknown(type: String) -> Self
    /// Not a JSON object; `detail` says what is wrong and where.
    static func invalid(detail: String) -> Self
}

extension SocketCommand {
    init?(list _: [JSONValue]) { nil }

    init(_ message: [UInt8]) {
        do {
            let value = try JSONValue(parsing: message, limits: .command)
            if let list = value.arrayValue, let command = Self(list: list) {
                self = command
                return
            }
            guard let object = value.objectValue else {
                self = .invalid(detail: "a command is a JSON object")
                return
            }
            if let type = object["type"]?.stringValue, let command = Self(type: type, object) {
                self = command
            } else {
                // The original shows a missing type as Python's `None`; log searches of clients depend on it.
                self = .unknown(type: object["type"].map { $0.stringValue ?? $0.description } ?? "None")
            }
        } catch {
            self = .invalid(detail: "\(error)")
        }
    }
}

extension JSONLimits {
    /// Commands are flat: deeper input is rejected.
    static let command: JSONLimits = {
        var limits = JSONLimits.standard
        limits.depth = 8
        return limits
    }()
}
