import Clocks

/// How deliveries are written down, so that `decode` reads them.
package enum DeliveryFormat: Sendable {
    /// Pairs of digits, and behind a # the time.
    case hexLines
    /// What came, and nothing else.
    case bytes
    /// Messages that are text, each on a line of its own.
    case textLines

    package func write(_ delivery: VirtualDelivery, to text: inout [UInt8]) {
        let newline = UInt8(ascii: "\n")
        switch (delivery.content, self) {
        case (.bytes(let bytes), .bytes): text += bytes
        case (.bytes(let bytes), .textLines):
            text += bytes
            text.append(newline)
        case (.bytes(let bytes), .hexLines):
            for byte in bytes { text += [Self.digit(byte >> 4), Self.digit(byte & 15), UInt8(ascii: " ")] }
            text += " # \(Self.seconds(delivery.time)) s\n".utf8
        case (.linkLost, .hexLines): text += "# \(Self.seconds(delivery.time)) s: the link is lost\n".utf8
        case (.linkLost, .bytes), (.linkLost, .textLines): break
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func seconds(_ time: Nanoseconds) -> String {
        let milliseconds = time.count / 1_000_000
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }
}
