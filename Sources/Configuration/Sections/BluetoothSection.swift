import Text

extension Configuration {
    /// Bluetooth devices: timers, sensors and heart-rate straps.
    package struct Bluetooth: Sendable, Equatable {
        package var enabled = true
        package var adapter = Adapter.any

        package init() {}
    }
}

extension Configuration.Bluetooth {
    /// The adapter to use; the others are never touched.
    package enum Adapter: Sendable, Equatable {
        case any
        /// The number in `hci0`.
        case number(UInt16)
        /// 48 bits; the first byte of the written form is the most significant one.
        case address(UInt64)
    }
}

extension Schema {
    static let bluetooth = Part(
        Section("bluetooth", "Bluetooth devices: timers, sensors and heart-rate straps."),
        [
            Setting(
                "bluetooth.enabled", \.bluetooth.enabled, .flag, .restart,
                "Whether Bluetooth is used."),
            Setting(
                "bluetooth.adapter", \.bluetooth.adapter, .adapter, .restart,
                """
                The adapter to use: any for the first one with Low Energy, a name such as hci0, or an address, which does not \
                depend on the USB port. Other adapters are never touched.
                """),
        ])
}

extension ValueFormat where Value == Configuration.Bluetooth.Adapter {
    /// `any`, `hci0` or `00:1A:7D:DA:71:13`.
    static var adapter: Self {
        Self(expected: "the word any, an adapter's name such as hci0, or its address", example: "hci0") { node in
            guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
            return Value(text: scalar.text).map { .success($0) } ?? .failure(.wrongKind(node))
        } write: {
            $0.text
        }
    }
}

extension Configuration.Bluetooth.Adapter {
    init?(text: String) {
        if text == "any" {
            self = .any
        } else if text.hasPrefix("hci"), text.utf8.count > 3, text.dropFirst(3).allSatisfy({ "0"..."9" ~= $0 }),
            let number = UInt16(text.dropFirst(3)), number < .max
        {
            self = .number(number)
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            let bytes = parts.compactMap {
                $0.utf8.count == 2 && $0.allSatisfy(\.isHexDigit) ? UInt64($0, radix: 16) : nil
            }
            guard parts.count == 6, bytes.count == 6 else { return nil }
            self = .address(bytes.reduce(0) { $0 << 8 | $1 })
        }
    }

    /// The value as it is written in the file; an address is quoted, because YAML 1.1 reads digits around a colon as
    /// base 60.
    var text: String {
        switch self {
        case .any: return "any"
        case .number(let number): return "hci\(number)"
        case .address(let bits):
            let pairs = (0..<6).reversed().map { place in
                Hexadecimal.text(bits >> (8 * UInt64(place)) & 0xFF, digits: 2, uppercase: true)
            }
            return "\"" + pairs.joined(separator: ":") + "\""
        }
    }
}
