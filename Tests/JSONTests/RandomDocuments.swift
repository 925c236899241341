import TestSupport

/// Generates valid documents of every shape, and damaged ones.
struct RandomDocuments {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func valid() -> [UInt8] {
        var bytes: [UInt8] = []
        value(depth: 0, to: &bytes)
        return bytes
    }

    /// A document with one to three small changes.
    mutating func damaged(_ document: [UInt8]) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: bytes.removeLast(bytes.count - place)
            default:
                let signs = Array("{}[],:\"\\0123456789.eE+-tfn \u{0}/*NaI'".utf8)
                bytes.insert(signs.randomElement(using: &random) ?? 0, at: place)
            }
        }
        return bytes
    }

    private mutating func value(depth: Int, to bytes: inout [UInt8]) {
        space(to: &bytes)
        switch Int.random(in: 0..<(depth < 5 ? 9 : 6), using: &random) {
        case 0: bytes += Array("null".utf8)
        case 1: bytes += Array((Bool.random(using: &random) ? "true" : "false").utf8)
        case 2, 3: number(to: &bytes)
        case 4, 5: string(to: &bytes)
        case 6:
            bytes.append(UInt8(ascii: "["))
            let count = Int.random(in: 0..<5, using: &random)
            for index in 0..<count {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value(depth: depth + 1, to: &bytes)
            }
            space(to: &bytes)
            bytes.append(UInt8(ascii: "]"))
        default:
            bytes.append(UInt8(ascii: "{"))
            let count = Int.random(in: 0..<5, using: &random)
            for index in 0..<count {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                space(to: &bytes)
                string(to: &bytes)
                space(to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                value(depth: depth + 1, to: &bytes)
            }
            space(to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        space(to: &bytes)
    }

    private mutating func space(to bytes: inout [UInt8]) {
        while Int.random(in: 0..<6, using: &random) == 0 {
            bytes.append([0x20, 0x09, 0x0A, 0x0D].randomElement(using: &random) ?? 0x20)
        }
    }

    private mutating func number(to bytes: inout [UInt8]) {
        func digits(_ count: Int) -> String {
            String((0..<count).map { _ in Character("\(Int.random(in: 0...9, using: &random))") })
        }
        var text = Bool.random(using: &random) ? "-" : ""
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text += "0"
        case 1: text += "\(Int.random(in: 1...9, using: &random))" + digits(Int.random(in: 0..<22, using: &random))
        case 2: text += "\(Double.random(in: 0..<1e6, using: &random))"
        default: text += "\(Int.random(in: 1...999, using: &random))"
        }
        if !text.contains("."), !text.contains("e"), Int.random(in: 0..<3, using: &random) == 0 {
            text += "." + digits(Int.random(in: 1..<20, using: &random))
        }
        if !text.contains("e"), Int.random(in: 0..<4, using: &random) == 0 {
            text += ["e", "E", "e+", "E-", "e-"].randomElement(using: &random) ?? "e"
            text += digits(Int.random(in: 1..<3, using: &random))
        }
        bytes += Array(text.utf8)
    }

    private mutating func string(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                bytes += Array(
                    (["\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t"].randomElement(using: &random) ?? "")
                        .utf8)
            case 1:
                let scalar = scalar()
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
                }
            case 2:
                let scalar = scalar()
                if scalar.value >= 0x20, scalar != "\"", scalar != "\\" { bytes += Array(String(scalar).utf8) }
            default: bytes.append(UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &random))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func scalar() -> Unicode.Scalar {
        let limits: [UInt32] = [0x80, 0x800, 0x1_0000, 0x11_0000]
        let limit = limits.randomElement(using: &random) ?? 0x80
        return Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) ?? "\u{FFFD}"
    }
}
