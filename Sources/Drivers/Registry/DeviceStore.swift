import Clocks
import Devices
import Events
import JSON
import Logging
import Reactor
import Store

/// Persists known devices in the store, one document each.
@ReactorActor
package final class DeviceStore {
    private let store: DataStore
    /// The documents as last written or read: those that have not changed are not written again.
    private var stored: [String: [UInt8]] = [:]
    /// Stored decisions must not be overwritten before they have been read.
    private var isLoaded = false

    /// Called with the stored devices if the store opens only after the start.
    var onLateLoad: (([DeviceRecord]) -> Void)?
    /// Called when everything has to be written into a new database.
    var onReset: (() -> Void)?

    /// Saves with changes, and failed attempts to make them durable.
    private(set) var writes: UInt64 = 0
    private(set) var failures: UInt64 = 0

    /// The store has been started.
    package init(_ store: DataStore) {
        self.store = store
        store.onReset { [weak self] in
            self?.stored = [:]
            self?.onReset?()
        }
        store.onLateOpen { [weak self] state in
            guard let self, !isLoaded else { return }
            onLateLoad?(load(state))
        }
    }

    /// The stored devices; none if the store is not open. Invalid ones are logged and skipped.
    func read() -> [DeviceRecord] { store.state.map(load) ?? [] }

    func save(_ records: some Sequence<DeviceRecord>) {
        guard isLoaded else { return }
        var removed = Set(stored.keys)
        var hasChanges = false
        for record in records {
            let (name, body) = (record.id.text, DeviceCodec.encode(record))
            removed.remove(name)
            guard stored[name] != body else { continue }
            put(name, body)
            hasChanges = true
        }
        for name in removed { put(name, nil) }
        if hasChanges || !removed.isEmpty { writes += 1 }
    }

    /// Returns when everything saved is durable, or the error that prevents it.
    func flush() async -> StoreError? {
        let error = await store.flush()
        if error != nil { failures += 1 }
        return error
    }

    private func put(_ name: String, _ body: [UInt8]?) {
        stored[name] = body
        store.put(.document(.device, name: name, body: body))
    }

    private func load(_ state: StoredState) -> [DeviceRecord] {
        isLoaded = true
        return state.documents.compactMap { document in
            guard document.kind == .device else { return nil }
            guard let record = DeviceCodec.decode(document.body), record.id.text == document.name else {
                Log.error("The stored device \(document.name) is invalid: ignored")
                return nil
            }
            stored[document.name] = document.body
            return record
        }
    }
}

/// The stored format of a device. Parsed strictly: only this program writes it, so any deviation means damage.
enum DeviceCodec {
    /// More than the largest device needs.
    static let maximumBytes = 8 << 10

    static func encode(_ record: DeviceRecord) -> [UInt8] {
        var writer = JSONWriter()
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
        if !record.wasReceived { writer.member("unheard", true) }
        if record.hasReportedLowBattery { writer.member("battery_told", true) }
        if let died = record.died { writer.member("died_ms", died.nanoseconds / 1_000_000) }
        writer.member("first_seen_ms", record.firstSeen.nanoseconds / 1_000_000)
        writer.member("last_seen_ms", record.lastSeen.nanoseconds / 1_000_000)
        writer.endObject()
        return writer.finish()
    }

    static func decode(_ bytes: [UInt8]) -> DeviceRecord? {
        let limits = JSONLimits(depth: 2, bytes: maximumBytes, stringBytes: 1 << 10, members: 32, numberBytes: 20)
        guard let members = try? JSONValue(parsing: bytes, limits: limits).objectValue,
            members.members.allSatisfy({ keys.contains($0.key) }),
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
            record.wasReceived = try !(member(members["unheard"], \.booleanValue) ?? false)
            record.hasReportedLowBattery = try member(members["battery_told"], \.booleanValue) ?? false
            if let died = members["died_ms"] {
                guard let died = time(died) else { throw InvalidMember() }
                record.died = died
            }
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
        "unheard", "died_ms", "first_seen_ms", "last_seen_ms",
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
