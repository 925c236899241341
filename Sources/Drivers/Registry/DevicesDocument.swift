import Clocks
import Devices
import Events
import JSON

/// The format of the device file: `{"version":1,"devices":[...]}`. Parsed strictly: only this program writes it, so any
/// deviation means damage.
enum DevicesDocument {
    static let version: Int64 = 1
    /// Far more than the maximum number of devices needs.
    static let maximumBytes = 1 << 20

    static func bytes(of records: [DeviceRecord]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", version)
        writer.key("devices")
        writer.beginArray()
        for record in records.sorted(by: { $0.id.text < $1.id.text }) { write(record, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    static func records(_ bytes: [UInt8]) throws(DevicesDocumentError) -> [DeviceRecord] {
        let limits = JSONLimits(depth: 4, bytes: maximumBytes, stringBytes: 1 << 10, members: 1 << 16, numberBytes: 20)
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw .notJSON(error)
        }
        guard let written = document["version"]?.integerValue else { throw .unreadable("no version") }
        guard written == version else { throw .otherVersion(written) }
        guard let devices = document["devices"]?.arrayValue, document.objectValue?.count == 2 else {
            throw .unreadable("no list of devices")
        }
        var ids: Set<DeviceID> = []
        var records: [DeviceRecord] = []
        for (place, device) in devices.enumerated() {
            guard let record = record(device), ids.insert(record.id).inserted else {
                throw .unreadable("device \(place + 1) is invalid or a duplicate")
            }
            records.append(record)
        }
        return records
    }

    private static func write(_ record: DeviceRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", record.id.text)
        writer.member("family", record.family.rawValue)
        writer.member("transport", record.transport.rawValue)
        writer.member("adoption", record.adoption.rawValue)
        if let name = record.ownName { writer.member("own_name", name) }
        if let name = record.givenName { writer.member("name", name) }
        if let target = record.role.target { writer.member("target", target) }
        if let user = record.role.user { writer.member("user", user) }
        if let battery = record.battery { writer.member("battery", battery) }
        if record.hasReportedLowBattery { writer.member("battery_told", true) }
        writer.member("first_seen_ms", record.firstSeen.nanoseconds / 1_000_000)
        writer.member("last_seen_ms", record.lastSeen.nanoseconds / 1_000_000)
        writer.endObject()
    }

    private static func record(_ value: JSONValue) -> DeviceRecord? {
        guard let members = value.objectValue, members.members.allSatisfy({ keys.contains($0.key) }),
            let id = members["id"]?.stringValue, DeviceRecord.isID(id),
            let family = members["family"]?.stringValue.flatMap(DeviceDrivers.family(named:)),
            let transport = members["transport"]?.stringValue.flatMap(DeviceTransport.init(rawValue:)),
            let adoption = members["adoption"]?.stringValue.flatMap(Adoption.init(rawValue:)),
            let firstSeen = time(members["first_seen_ms"]), let lastSeen = time(members["last_seen_ms"])
        else { return nil }
        var record = DeviceRecord(
            DeviceID(id), family: family, transport: transport, adoption: adoption, firstSeen: firstSeen)
        record.lastSeen = lastSeen
        do throws(InvalidMember) {
            record.ownName = try member(members["own_name"], \.stringValue)
            record.givenName = try member(members["name"], \.stringValue)
            record.role = record.role.assigned(to: try member(members["target"], \.stringValue))
            record.role = record.role.assigned(to: try member(members["user"], \.integerValue))
            record.battery = try member(members["battery"], \.integerValue).map { Int(clamping: $0) }
            record.hasReportedLowBattery = try member(members["battery_told"], \.booleanValue) ?? false
        } catch {
            return nil
        }
        let names = [record.ownName, record.givenName, record.role.target].compactMap(\.self)
        guard 0...100 ~= record.battery ?? 0, names.allSatisfy({ $0.utf8.count <= KnownDevices.maximumNameBytes })
        else {
            return nil
        }
        return record
    }

    private static let keys: Set<String> = [
        "id", "family", "transport", "adoption", "own_name", "name", "target", "user", "battery", "battery_told",
        "first_seen_ms", "last_seen_ms",
    ]

    private struct InvalidMember: Error {}

    /// Nil if the member is missing; throws if it has another type.
    private static func member<Value>(
        _ value: JSONValue?, _ read: (JSONValue) -> Value?
    ) throws(InvalidMember) -> Value? {
        guard let value else { return nil }
        guard let read = read(value) else { throw InvalidMember() }
        return read
    }

    private static func time(_ value: JSONValue?) -> WallTime? {
        guard let milliseconds = value?.integerValue, 0...9_000_000_000_000 ~= milliseconds else { return nil }
        return WallTime(nanoseconds: milliseconds * 1_000_000)
    }
}

/// Why the device file cannot be used.
enum DevicesDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge
    case notJSON(JSONError)
    /// Written by another version of the gateway.
    case otherVersion(Int64)
    case unreadable(String)

    var description: String {
        switch self {
        case .tooLarge: "larger than \(DevicesDocument.maximumBytes) bytes"
        case .notJSON(let error): "damaged: \(error)"
        case .otherVersion(let version): "unknown format version \(version)"
        case .unreadable(let reason): "damaged: \(reason)"
        }
    }
}
