import Clocks
import Devices
import Drivers
import Events
import JSON
import Reactor
import ShootingRange

/// The timers and impact sensors of the registry, as pages know them: by address, by a whole number, and by a label that
/// says whether the device is a timer.
@ReactorActor
struct PageDevices {
    let registry: DeviceRegistry
    let stages: StageService

    /// The timer whose address is fixed in the pages.
    private static let knownTimer = "60:09:C3:1F:DC:1A"
    private static let timerPrefix = "60:09:C3:"

    /// The devices in use, those that pages call paired.
    var paired: [DeviceRecord] {
        registry.records.filter { $0.adoption == .use && $0.isForStages }
    }

    /// A known timer or sensor.
    subscript(address: String) -> DeviceRecord? {
        guard let record = registry[Self.id(address)] ?? registry[DeviceID(address)], record.isForStages,
            record.adoption != .forgotten
        else { return nil }
        return record
    }

    /// The device in use with this number.
    func paired(_ number: Int) -> DeviceRecord? {
        stages.device(numbered: number).flatMap { $0.adoption == .use && $0.isForStages ? $0 : nil }
    }

    /// Addresses are written in capitals.
    static func id(_ address: String) -> DeviceID { DeviceID(address.uppercased()) }

    func number(of device: DeviceRecord) -> Int { stages.number(of: device.id) }

    /// What the pages call the device. A timer's label contains "timer": pages have no other way to recognise one.
    static func label(of device: DeviceRecord) -> String {
        let name = PageText.shown(device.name)
        guard device.role == .timer, device.id.text != knownTimer, !name.lowercased().contains("timer") else {
            return name
        }
        return "\(name) (timer)"
    }

    /// What an address stands for.
    enum Match {
        case known(DeviceRecord)
        /// Not received yet, and not in the table of known devices, or there as something else.
        case unseen(DeviceID, DeviceFamily, name: String?)

        var id: DeviceID {
            switch self {
            case .known(let record): record.id
            case .unseen(let id, _, _): id
            }
        }

        var isTimer: Bool {
            switch self {
            case .known(let record): record.role == .timer
            case .unseen(_, let family, _): family == .amgCommander
            }
        }
    }

    /// Finds a device by its address, or adds it as one that was not received yet.
    func add(_ address: String, label: String?, isTimer: Bool?) throws(PageError) -> DeviceRecord {
        let match = try match(address, label: label, isTimer: isTimer)
        switch match {
        case .known(let record): return record
        case .unseen:
            try add([match])
            guard let added = registry[match.id] else { throw Self.tableIsFull }
            return added
        }
    }

    /// Adds the devices that are not known, all of them or none, and uses the known ones.
    func add(_ matches: [Match]) throws(PageError) {
        try requireRoom(for: matches)
        // First, because a device in use does not make room for another one.
        for case .known(let record) in matches where record.adoption != .use {
            _ = try? registry.decide(record.id, DeviceDecision(adopt: true))
        }
        for case .unseen(let id, let family, let name) in matches {
            guard registry.addUnseen(id, as: family, name: name, at: SystemClock.wall()) else {
                throw Self.tableIsFull
            }
        }
    }

    /// Throws if the devices that are not known cannot all be added.
    func requireRoom(for matches: [Match]) throws(PageError) {
        var known: Set<DeviceID> = []
        for case .known(let record) in matches { known.insert(record.id) }
        guard registry.hasRoom(for: matches.count - known.count, keeping: known) else { throw Self.tableIsFull }
    }

    private static var tableIsFull: PageError { PageError(.conflict, "the table of known devices is full") }

    /// What an address stands for, without a change.
    /// - Parameter isTimer: what a device that was not received is assumed to be; nil if only its label and address say it.
    func match(_ address: String, label: String?, isTimer: Bool?) throws(PageError) -> Match {
        let isTimer = address.uppercased().hasPrefix(Self.timerPrefix) ? true : isTimer
        if let known = registry[DeviceID(address)] ?? registry[Self.id(address)], known.adoption != .forgotten {
            guard known.isForStages else {
                throw .invalid("\(address) is a \(known.role.name), neither a timer nor an impact sensor")
            }
            guard !known.wasReceived, let isTimer, isTimer != (known.role == .timer) else { return .known(known) }
        }
        let id = Self.id(address)
        guard DeviceRegistry.isBluetoothAddress(id.text) else {
            throw .invalid("\(address) is not a Bluetooth address such as AA:BB:CC:00:00:01")
        }
        let isNamedTimer = label?.lowercased().contains("timer") == true
        let family: DeviceFamily = isTimer ?? isNamedTimer ? .amgCommander : .bt50
        return .unseen(id, family, name: label ?? registry[id]?.givenName)
    }

    // MARK: JSON

    func write(_ device: DeviceRecord, in view: StageView, to writer: inout JSONWriter) {
        let target = view.target(of: device)
        writer.beginObject()
        writer.member("id", number(of: device))
        writer.member("address", device.id.text)
        writer.member("label", Self.label(of: device))
        writer.member("type", device.role == .timer ? "timer" : "sensor")
        writer.member("battery", orNull: device.battery)
        writer.member("rssi", orNull: device.shownSignal)
        writer.member("last_seen", orNull: device.wasReceived ? device.lastSeen : nil)
        writer.member("status", device.shownStatus)
        writer.member("target_id", orNull: target?.id)
        writer.member("target_name", shownOrNull: target?.name)
        writer.member("target_config_id", orNull: target?.id)
        writer.member("created_at", device.firstSeen)
        writer.member("updated_at", device.lastSeen)
        writer.endObject()
    }

    func writeOrNull(
        _ name: StaticString, _ device: DeviceRecord?, in view: StageView, to writer: inout JSONWriter
    ) {
        writer.key(name)
        if let device { write(device, in: view, to: &writer) } else { writer.null() }
    }
}

extension DeviceRecord {
    /// Whether pages that know timers and impact sensors only can show it.
    var isForStages: Bool {
        switch role {
        case .timer, .sensor: true
        case .heart, .mat, .phone, .meter: false
        }
    }

    var shownSignal: Int? { signal.map { min(0, max(-100, $0)) } }

    private static let lowBattery = 20
    private static let weakSignal = -80

    /// The first of these that holds, in the words of the pages.
    var shownStatus: String {
        if !wasReceived { return "never_connected" }
        if link != .connected { return "offline" }
        if let battery, battery < Self.lowBattery { return "low_battery" }
        if let signal, signal < Self.weakSignal { return "weak_signal" }
        return "connected"
    }
}

/// Who makes the devices of a family, and what they are called.
enum PageVendor {
    static func vendor(of family: DeviceFamily) -> String {
        switch family {
        case .amgCommander: "AMG Labs"
        case .bt50: "WitMotion"
        case .sgTimer: "Shooters Global"
        case .specialPie: "SpecialPie"
        default: "Unknown"
        }
    }

    static func model(of family: DeviceFamily) -> String {
        switch family {
        case .amgCommander: "Lab Commander"
        case .bt50: "BT50"
        case .sgTimer: "SG Timer"
        case .specialPie: "M1A2"
        default: family.rawValue
        }
    }
}
