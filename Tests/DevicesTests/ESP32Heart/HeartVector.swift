import Foundation
import JSON
import Testing

/// One line of firmware-protocols/esp32-heart/vectors.jsonl: an input, and what is expected of it.
struct HeartVector: CustomTestStringConvertible, Sendable {
    let name: String
    let input: [UInt8]
    let expected: JSONValue

    var testDescription: String { name }

    /// Those that have the given kind of input, `datagram` or `serial`.
    static func load(_ kind: String) throws -> [Self] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../firmware-protocols/esp32-heart/vectors.jsonl").standardizedFileURL
        return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).compactMap { line in
            let vector = try JSONValue(parsing: line)
            let name = try #require(vector["name"]?.stringValue)
            if let text = vector[kind]?.stringValue {
                return Self(name: name, input: Array(text.utf8), expected: vector)
            }
            guard let hex = vector["\(kind)_hex"]?.stringValue else { return nil }
            return Self(name: name, input: try bytes(hex: hex), expected: vector)
        }
    }

    private static func bytes(hex: String) throws -> [UInt8] {
        let digits = try hex.map { try #require($0.hexDigitValue) }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
