import Clocks
import Drivers
import Events
import JSON
import ShootingRange
import Web

/// An error response of the API: `{"error": message, "reason": reason}`.
struct APIError: Error, Hashable, Sendable {
    enum Reason: String, Sendable {
        /// The object does not exist.
        case unknown
        case invalid
        /// The request conflicts with the current state.
        case conflict
        /// More than is allowed at a time.
        case limit
        case unavailable
    }

    let reason: Reason
    let message: String

    static func unknown(_ message: String) -> Self { Self(reason: .unknown, message: message) }
    static func invalid(_ message: String) -> Self { Self(reason: .invalid, message: message) }

    var status: HTTPStatus {
        switch reason {
        case .unknown: .notFound
        case .invalid: .badRequest
        case .conflict: .conflict
        case .limit: .tooManyRequests
        case .unavailable: .serviceUnavailable
        }
    }

    var response: HTTPResponse { response { _ in } }

    /// With further members that a route's clients expect.
    func response(adding members: (inout JSONWriter) -> Void) -> HTTPResponse {
        .object(status: status) { writer in
            writer.member("error", message)
            writer.member("reason", reason.rawValue)
            members(&writer)
        }
    }
}

extension APIError {
    init(_ error: RangeError) {
        switch error {
        case .unknown: reason = .unknown
        case .invalid: reason = .invalid
        case .conflict: reason = .conflict
        case .unavailable: reason = .unavailable
        }
        message = error.text
    }

    init(_ error: DeviceRequestError) {
        self.init(reason: error == .unknownDevice ? .unknown : .invalid, message: error.text)
    }

    init(_ error: SensorSettingsError) {
        switch error {
        case .unknown: reason = .unknown
        case .invalid: reason = .invalid
        case .unavailable: reason = .unavailable
        }
        message = error.text
    }
}

extension HTTPResponse {
    /// A JSON response with what `write` writes.
    static func json(status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> Self {
        var writer = JSONWriter()
        write(&writer)
        return .json(writer.finish(), status: status)
    }

    /// A JSON object with the members that `write` writes.
    static func object(status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> Self {
        json(status: status) { writer in
            writer.beginObject()
            write(&writer)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// A member whose value is an array.
    mutating func array<Element>(
        _ name: StaticString, _ elements: some Sequence<Element>, _ write: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }

    /// A member that is null when there is no value.
    mutating func member(_ name: StaticString, orNull text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    mutating func member(_ name: StaticString, orNull time: WallTime?) {
        key(name)
        if let time { self.time(time) } else { null() }
    }

    mutating func member(_ name: StaticString, orNull number: (some BinaryInteger)?) {
        key(name)
        if let number { integer(number) } else { null() }
    }
}
