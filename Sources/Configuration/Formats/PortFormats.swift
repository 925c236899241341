import Devices

extension ValueFormat where Value == String {
    /// Names ports: by path, by what udev says, with `*` for anything.
    static var portPattern: Self {
        text(expected: "a port's path, or vendor:product", example: "\"10c4:ea60\"") { text in
            text.isEmpty || text.utf8.count > 512
                || text.unicodeScalars.contains { $0.value <= 0x20 || $0.value > 0x7E }
                ? "it is empty, too long or holds spaces" : nil
        }
    }
}

extension ValueFormat where Value == Configuration.Serial.PortRule {
    /// One line of words: port, device, then form, speed and control lines in any order and all of them optional.
    static var portRule: Self {
        let expected = "a port, a device (esp32-heart, pressure-mat or none), a form, a speed, asserted or released"
        return Self(expected: expected, example: "\"/dev/leadville/A1B2 pressure-mat jq-32x32 1000000\"") { node in
            guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
            switch Value.parse(scalar.text) {
            case .success(let rule): return .success(rule)
            case .failure(let complaint): return .failure(.wrongKind(node, hint: complaint.text))
            }
        } write: {
            "\"\($0.text)\""
        }
    }
}

/// What is wrong with a line, as a clause.
struct PortRuleError: Error {
    let text: String
}

extension Configuration.Serial.PortRule {
    static let baudRates = 50...12_000_000

    static func parse(_ line: String) -> Result<Self, PortRuleError> {
        var words = line.split(separator: " ").map(String.init)[...]
        guard line.utf8.count <= 1_024,
            !line.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E || $0 == 0x22 || $0 == 0x5C })
        else { return .failure(PortRuleError(text: "it is too long or holds unusual characters")) }
        guard let port = words.popFirst(), let device = words.popFirst() else {
            return .failure(PortRuleError(text: "it names a port and a device at least"))
        }
        guard let device = Device(rawValue: device) else {
            let nearest = NearestName.best(for: device, among: Device.allCases.map(\.rawValue))
            return .failure(PortRuleError(text: nearest.map { "did you mean \($0)?" } ?? "there is no such device"))
        }
        var rule = Self(port, device)
        for word in words {
            if let rate = Int(word) {
                guard baudRates.contains(rate), rule.baudRate == nil else {
                    return .failure(PortRuleError(text: "it has one speed, from 50 to 12000000 baud"))
                }
                rule.baudRate = rate
            } else if let lines = Lines(rawValue: word), rule.lines == nil {
                rule.lines = lines
            } else if device == .mat, rule.variant == nil, KnownMat.named(word) != nil {
                rule.variant = word
            } else {
                let names = (device == .mat ? KnownMat.all.map(\.name) : []) + Lines.allCases.map(\.rawValue)
                let nearest = NearestName.best(for: word, among: names).map { "did you mean \($0)?" }
                return .failure(PortRuleError(text: nearest ?? "it does not know the word \(Excerpt.quoted(word))"))
            }
        }
        return .success(rule)
    }

    /// As it stands in the file.
    var text: String {
        [port, device.rawValue, variant, baudRate.map(String.init), lines?.rawValue].compactMap(\.self)
            .joined(separator: " ")
    }
}
