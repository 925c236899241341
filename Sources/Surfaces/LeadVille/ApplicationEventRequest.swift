import Clocks
import Events
import JSON

/// Events that a client wants to publish: one object or a list.
enum ApplicationEventRequest {
    static let maximumEvents = 100
    static let maximumNameBytes = 64
    static let maximumSubjectBytes = 128
    static let maximumMessageBytes = 1_024

    static func parse(_ body: [UInt8], client: String) throws(APIError) -> [ApplicationEvent] {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body, limits: .command)
        } catch {
            throw .invalid("not valid JSON: \(error)")
        }
        return try events(value.arrayValue ?? [value], client: client)
    }

    static func events(_ values: [JSONValue], client: String) throws(APIError) -> [ApplicationEvent] {
        guard !values.isEmpty else { throw .invalid("the list contains no events") }
        guard values.count <= maximumEvents else {
            throw .invalid("the list contains \(values.count) events; at most \(maximumEvents) are allowed")
        }
        var events: [ApplicationEvent] = []
        for (index, value) in values.enumerated() {
            do throws(APIError) {
                events.append(try event(value, client: client))
            } catch {
                // All or none: a client that repeats a request must not publish its beginning twice.
                throw values.count == 1 ? error : .invalid("event \(index + 1): \(error.message)")
            }
        }
        return events
    }

    /// Whether a command of a WebSocket client is an event to publish.
    static func isEvent(type: String) -> Bool { ApplicationEvent.Kind(rawValue: type) != nil }

    private static func event(_ value: JSONValue, client: String) throws(APIError) -> ApplicationEvent {
        guard let object = value.objectValue else { throw .invalid("an event is a JSON object") }
        guard let kind = object["type"]?.stringValue.flatMap(ApplicationEvent.Kind.init) else {
            let kinds = ApplicationEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("type must be one of \(kinds)")
        }
        let data = data(of: object)
        return ApplicationEvent(
            kind: kind, name: try name(of: object, kind),
            subject: try text(subjectKey(kind), object, data, maximumBytes: maximumSubjectBytes),
            message: kind == .status ? try text("message", object, data, maximumBytes: maximumMessageBytes) : nil,
            data: encoded(data), client: client)
    }

    /// What LeadVille's functions were called with: the member `data`, or the whole object without its type.
    private static func data(of object: JSONObject) -> JSONObject {
        if let data = object["data"]?.objectValue { return data }
        var data = JSONObject()
        for (key, value) in object.members where key != "type" { data.set(key, to: value) }
        return data
    }

    /// The names are those that LeadVille gives to events without one.
    private static func name(of object: JSONObject, _ kind: ApplicationEvent.Kind) throws(APIError) -> String {
        guard let value = object["event_type"] ?? object["data"]?["event_type"] else {
            switch kind {
            case .status: return "system_status"
            case .sensorEvent: return "impact_detected"
            case .runUpdate: return "run_status_change"
            case .timerEvent: throw .invalid("event_type is missing")
            }
        }
        guard let name = value.stringValue, 1...maximumNameBytes ~= name.utf8.count, name.utf8.allSatisfy(isNameByte)
        else {
            throw .invalid(
                "event_type must be a text of 1 to \(maximumNameBytes) letters, digits, dots, dashes and underscores")
        }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    static func subjectKey(_ kind: ApplicationEvent.Kind) -> String? {
        switch kind {
        case .status: nil
        case .sensorEvent: "sensor_id"
        case .timerEvent: "device_id"
        case .runUpdate: "run_id"
        }
    }

    private static func text(
        _ key: String?, _ object: JSONObject, _ data: JSONObject, maximumBytes: Int
    ) throws(APIError) -> String? {
        guard let key, let value = object[key] ?? data[key], !value.isNull else { return nil }
        // LeadVille's ids are texts or whole numbers.
        guard let text = value.stringValue ?? value.integerValue.map({ String($0) }), text.utf8.count <= maximumBytes
        else { throw .invalid("\(key) must be a text of at most \(maximumBytes) bytes") }
        return text
    }

    private static func encoded(_ data: JSONObject) -> [UInt8] {
        var writer = JSONWriter(.spaced)
        writer.value(.object(data))
        return writer.finish()
    }
}

/// Limits how many events applications publish, all of them together.
struct ApplicationEventLimit {
    static let burst = 1_000
    static let eventsPerSecond = 200

    private static let rate = TokenBucket.Rate(perSecond: eventsPerSecond, burst: burst)

    private var bucket = TokenBucket()

    /// Whether this many events may be published now; if so, they are deducted.
    mutating func admits(_ count: Int, at now: MonotonicTime) -> Bool {
        bucket.spend(count, at: now, Self.rate) == nil
    }
}
