import Events

/// A reason to identify an advertisement as a device: all conditions that are set must hold.
struct BluetoothRule: Sendable {
    /// A prefix of the name, in capitals.
    var name: String?
    /// An advertised service.
    var service: BluetoothUUID?
    /// The organisation identifier (OUI): the upper three bytes of the address.
    var oui: UInt64?
    let identification: BluetoothIdentification

    func applies(to advertisement: BluetoothAdvertisement) -> Bool {
        if let name, !(advertisement.name?.uppercased().hasPrefix(name) ?? false) { return false }
        if let oui, advertisement.address.map({ $0 >> 24 }) != oui { return false }
        guard let service else { return true }
        return advertisement.services.contains { $0 == service || ($0.short != nil && $0.short == service.short) }
    }
}

extension BluetoothRule {
    static let nordicUART = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    static let witMotion = BluetoothUUID(short: 0xFFE5)
    static let heartRate = BluetoothUUID(short: 0x180D)
    static let specialPie = BluetoothUUID(short: 0xFFF0)
    static let asnRelay = BluetoothUUID(high: 0xE5A1_0001_F1A2_4B63, low: 0x9F8C_D7B7_81E3_5E2A)
    static let sgTimer = BluetoothUUID(high: 0x7520_FFFF_14D2_4CDA, low: 0x8B6B_697C_554C_9311)

    static let all: [BluetoothRule] = amgCommander + bt50 + heartStrap + mats + specialPieTimers + sgTimers

    private static func device(
        _ family: DeviceFamily, _ confidence: BluetoothIdentification.Confidence, _ reason: String
    ) -> BluetoothIdentification {
        .device(family, confidence, reason: reason)
    }

    private static let amgCommander = [
        BluetoothRule(
            name: "AMG LAB COMM", identification: device(.amgCommander, .certain, "its name begins with AMG Lab COMM")),
        BluetoothRule(
            name: "COMMANDER", service: nordicUART,
            identification: device(
                .amgCommander, .likely, "its name begins with Commander and it has the timer's service")),
        BluetoothRule(
            name: "COMMANDER", identification: device(.amgCommander, .possible, "its name begins with Commander")),
        BluetoothRule(
            service: nordicUART, oui: 0x60_09C3,
            identification: device(.amgCommander, .possible, "Nordic UART with the vendor prefix of the timer's radio")),
    ]

    /// Attitude sensors of the same vendor differ only in name and frames.
    private static let bt50 = [
        BluetoothRule(
            name: "WT901", identification: .unsupported(reason: "attitude sensor, which does not report impacts")),
        BluetoothRule(
            name: "BWT901", identification: .unsupported(reason: "attitude sensor, which does not report impacts")),
        BluetoothRule(name: "WTVB01", identification: device(.bt50, .certain, "its name begins with WTVB01")),
        BluetoothRule(
            name: "WTSENSOR", service: witMotion,
            identification: device(.bt50, .likely, "its name begins with WTSensor and it has the vendor's service")),
        BluetoothRule(
            service: witMotion,
            identification: device(.bt50, .possible, "it has the vendor's service, which attitude sensors have too")),
    ]

    private static let heartStrap = [
        BluetoothRule(
            service: heartRate, identification: device(.heartStrap, .certain, "it has the Heart Rate service"))
    ]

    /// A Nordic UART is generic: only together with a known name does it identify a mat.
    private static let mats = [
        BluetoothRule(
            name: "PRESSUREGRID", service: nordicUART,
            identification: device(
                .pressureMat, .certain, "its name begins with PressureGrid and it has the mats' service")),
        BluetoothRule(
            name: "PRESSUREGRID", identification: device(.pressureMat, .likely, "its name begins with PressureGrid")),
        BluetoothRule(
            name: "BLE_TEST", service: nordicUART,
            identification: device(.pressureMat, .likely, "it has the name and service of the insole firmware")),
        BluetoothRule(
            name: "BLE_TEST", identification: device(.pressureMat, .possible, "it has the name of the insole firmware")),
    ]

    private static let specialPieTimers = [
        BluetoothRule(name: "SP M1A2", identification: device(.specialPie, .certain, "its name begins with SP M1A2")),
        BluetoothRule(
            service: asnRelay, identification: device(.specialPie, .certain, "it has the timer relay service")),
        BluetoothRule(
            name: "SHOTTIMER RELAY",
            identification: device(.specialPie, .likely, "its name begins with ShotTimer Relay")),
        BluetoothRule(
            service: specialPie,
            identification: device(
                .specialPie, .possible, "it has the timer's service, which many other devices have too")),
    ]

    private static let sgTimers = [
        BluetoothRule(service: sgTimer, identification: device(.sgTimer, .certain, "it has the timer's service")),
        BluetoothRule(name: "SG-SST4", identification: device(.sgTimer, .likely, "its name begins with SG-SST4")),
    ]
}
