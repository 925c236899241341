import Devices
import Text

extension Configuration {
    /// Boards and mats on serial ports.
    package struct Serial: Sendable, Equatable {
        package var enabled = true
        /// The ports that may be probed to find out which device is attached.
        package var probe = ["303a", "10c4", "1a86", "0403", "239a", "2e8a"]
        package var ports: [PortRule] = []
        package var tareFrames = 20

        package init() {}
    }
}

extension Configuration.Serial {
    /// A port whose device is known, so that it need not be probed.
    package struct PortRule: Sendable, Equatable {
        package enum Device: String, CaseIterable, Sendable {
            case heart = "esp32-heart"
            case mat = "pressure-mat"
            /// Never opens the port.
            case none
        }

        package enum Lines: String, CaseIterable, Sendable {
            case asserted, released
        }

        /// A path, a link, a port id, `vendor:product` or a vendor; `*` is a wildcard.
        package var port: String
        package var device: Device
        /// The name of one of the device's decoder variants.
        package var variant: String?
        package var baudRate: Int?
        /// DTR and RTS; nil leaves them to the type of the port.
        package var lines: Lines?
        /// The range of a mat's cells.
        package var range = MatRange()

        package init(
            _ port: String, _ device: Device, variant: String? = nil, baudRate: Int? = nil, lines: Lines? = nil
        ) {
            self.port = port
            self.device = device
            self.variant = variant
            self.baudRate = baudRate
            self.lines = lines
        }
    }
}

extension Schema {
    static let serial = Part(
        Section("serial", "Boards and mats on serial ports."),
        [
            Setting("serial.enabled", \.serial.enabled, .flag, .restart, "Whether serial ports are used."),
            Setting(
                "serial.probe", \.serial.probe,
                .list(of: .portPattern, expected: "a list of ports", maximum: 100), .restart,
                """
                The ports that may be probed for some seconds to recognise the attached device: USB vendor, vendor:product, \
                path or link, with * as a wildcard. Nothing is written to them. A port whose device is not recognised is \
                closed and not opened again until it is plugged in again. The default lists the vendors of the chips on \
                known boards and mats.
                """),
            Setting(
                "serial.ports", \.serial.ports,
                .list(of: .portRule, expected: "a list of ports and what is there", maximum: 100), .restart,
                """
                Ports whose device is known and need not be probed: port, device, and optionally form, speed, and asserted or \
                released for DTR and RTS; for a mat also rest=N and full=N, the raw values of its cells at rest and at full \
                pressure. The device none disables the port.
                """),
            Setting(
                "serial.tare_frames", \.serial.tareFrames, .wholeNumber(of: "frames", in: 0...10_000), .restart,
                """
                The number of initial frames of a mat that define its zero, which is subtracted from all later frames. 0 \
                disables this.
                """),
        ])
}

extension ValueFormat where Value == String {
    /// A pattern for ports: a path, or what udev reports, with `*` as a wildcard.
    static var portPattern: Self {
        text(expected: "a port's path, or vendor:product", example: "\"10c4:ea60\"") { text in
            text.isEmpty || text.utf8.count > 512
                || text.unicodeScalars.contains { $0.value <= 0x20 || $0.value > 0x7E }
                ? "it is empty, too long or contains spaces" : nil
        }
    }
}

extension ValueFormat where Value == Configuration.Serial.PortRule {
    /// One line of words: port, device, and optionally a variant, a speed and a state of the control lines, in any
    /// order.
    static var portRule: Self {
        .line(
            expected:
                "a port, a device (esp32-heart, pressure-mat or none), a form, a speed, asserted or released, rest=N, full=N",
            example: "/dev/leadville/A1B2 pressure-mat jq-32x32 1000000")
    }
}

extension Configuration.Serial.PortRule: ConfigurationLine {
    static let baudRates = 50...12_000_000
    /// Sixteen bits, or ohms.
    static let rawValues = 0...1_000_000

    static func parse(_ line: String) -> Result<Self, LineError> {
        var words = line.split(separator: " ").map(String.init)[...]
        guard line.utf8.count <= 1_024,
            !line.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E || $0 == 0x22 || $0 == 0x5C })
        else { return .failure(LineError(text: "it is too long or contains invalid characters")) }
        guard let port = words.popFirst(), let device = words.popFirst() else {
            return .failure(LineError(text: "at least a port and a device are required"))
        }
        guard let device = Device(rawValue: device) else {
            let nearest = NearestName.best(for: device, among: Device.allCases.map(\.rawValue))
            return .failure(LineError(text: nearest.map { "did you mean \($0)?" } ?? "unknown device"))
        }
        var rule = Self(port, device)
        for word in words {
            if let rate = Int(word) {
                guard baudRates.contains(rate), rule.baudRate == nil else {
                    return .failure(LineError(text: "a rule has one speed, from 50 to 12000000 baud"))
                }
                rule.baudRate = rate
            } else if let lines = Lines(rawValue: word), rule.lines == nil {
                rule.lines = lines
            } else if device == .mat, rule.variant == nil, KnownMat.named(word) != nil {
                rule.variant = word
            } else if device == .mat, word.hasPrefix("rest=") || word.hasPrefix("full=") {
                guard let value = Int(word.dropFirst(5)), rawValues.contains(value) else {
                    return .failure(LineError(text: "rest and full are raw values from 0 to 1000000"))
                }
                let limit: WritableKeyPath<Self, Int?> = word.hasPrefix("rest") ? \.range.rest : \.range.full
                guard rule[keyPath: limit] == nil else {
                    return .failure(LineError(text: "a rule has one rest and one full"))
                }
                rule[keyPath: limit] = value
            } else {
                let limits = device == .mat ? ["rest=0", "full=1023"] : []
                let names =
                    (device == .mat ? KnownMat.all.map(\.name) : []) + Lines.allCases.map(\.rawValue) + limits
                let nearest = NearestName.best(for: word, among: names).map { "did you mean \($0)?" }
                return .failure(LineError(text: nearest ?? "unknown word \(Excerpt.quoted(word))"))
            }
        }
        if let rest = rule.range.rest, rest == rule.range.full {
            return .failure(LineError(text: "rest and full must differ"))
        }
        return .success(rule)
    }

    /// The rule as it is written in the file.
    var text: String {
        [
            port, device.rawValue, variant, baudRate.map(String.init), lines?.rawValue,
            range.rest.map { "rest=\($0)" }, range.full.map { "full=\($0)" },
        ].compactMap(\.self).joined(separator: " ")
    }
}
