import Events

/// One reason to take an advertisement for a device: all conditions that are set must hold.
struct BluetoothRule: Sendable {
    /// How the name begins, in capitals.
    var name: String?
    /// A service that is advertised.
    var service: BluetoothUUID?
    /// The first three bytes of the address.
    var maker: UInt64?
    let verdict: BluetoothIdentification

    func applies(to advertisement: BluetoothAdvertisement) -> Bool {
        if let name, !(advertisement.name?.uppercased().hasPrefix(name) ?? false) { return false }
        if let maker, advertisement.address.map({ $0 >> 24 }) != maker { return false }
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
            name: "AMG LAB COMM", verdict: device(.amgCommander, .certain, "its name begins with AMG Lab COMM")),
        BluetoothRule(
            name: "COMMANDER", service: nordicUART,
            verdict: device(.amgCommander, .likely, "it calls itself a commander and has the timer's service")),
        BluetoothRule(
            name: "COMMANDER", verdict: device(.amgCommander, .possible, "it calls itself a commander")),
        BluetoothRule(
            service: nordicUART, maker: 0x60_09C3,
            verdict: device(.amgCommander, .possible, "a Nordic UART from the maker of the timer's radio")),
    ]

    /// Attitude sensors of the same maker share everything but the name and the frames.
    private static let bt50 = [
        BluetoothRule(name: "WT901", verdict: .unsupported(reason: "an attitude sensor, which feels no blows")),
        BluetoothRule(name: "BWT901", verdict: .unsupported(reason: "an attitude sensor, which feels no blows")),
        BluetoothRule(name: "WTVB01", verdict: device(.bt50, .certain, "its name begins with WTVB01")),
        BluetoothRule(
            name: "WTSENSOR", service: witMotion,
            verdict: device(.bt50, .likely, "it calls itself a WT sensor and has the maker's service")),
        BluetoothRule(
            service: witMotion,
            verdict: device(.bt50, .possible, "it has the maker's service, as attitude sensors have")),
    ]

    private static let heartStrap = [
        BluetoothRule(service: heartRate, verdict: device(.heartStrap, .certain, "it offers heart rates"))
    ]

    /// A Nordic UART says nothing but "bytes": without a name that mats have, nobody takes it for one.
    private static let mats = [
        BluetoothRule(
            name: "PRESSUREGRID", service: nordicUART,
            verdict: device(.pressureMat, .certain, "it calls itself a pressure grid and has the mats' service")),
        BluetoothRule(name: "PRESSUREGRID", verdict: device(.pressureMat, .likely, "it calls itself a pressure grid")),
        BluetoothRule(
            name: "BLE_TEST", service: nordicUART,
            verdict: device(.pressureMat, .likely, "it has the name and the service of the insole's firmware")),
        BluetoothRule(
            name: "BLE_TEST", verdict: device(.pressureMat, .possible, "it has the name of the insole's firmware")),
    ]

    private static let specialPieTimers = [
        BluetoothRule(name: "SP M1A2", verdict: device(.specialPie, .certain, "its name begins with SP M1A2")),
        BluetoothRule(service: asnRelay, verdict: device(.specialPie, .certain, "it relays a timer")),
        BluetoothRule(
            name: "SHOTTIMER RELAY", verdict: device(.specialPie, .likely, "it calls itself a timer's relay")),
        BluetoothRule(
            service: specialPie,
            verdict: device(.specialPie, .possible, "it has the timer's service, as many gadgets have")),
    ]

    private static let sgTimers = [
        BluetoothRule(service: sgTimer, verdict: device(.sgTimer, .certain, "it offers the timer's service")),
        BluetoothRule(name: "SG-SST4", verdict: device(.sgTimer, .likely, "its name begins with SG-SST4")),
    ]
}
