import Foundation
import JSON
import Testing

/// One line of a `vectors.jsonl` in firmware-protocols: input of a device and the expected readings.
struct ProtocolVector: CustomTestStringConvertible, Sendable {
    let name: String
    let content: JSONValue

    var testDescription: String { name }

    /// The lines with the given key, such as `notifications`.
    static func load(_ device: String, having key: String) throws -> [Self] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../firmware-protocols/\(device)/vectors.jsonl").standardizedFileURL
        return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).compactMap { line in
            let content = try JSONValue(parsing: line, limits: .stored)
            let name = try #require(content["name"]?.stringValue)
            return content[key] == nil ? nil : Self(name: name, content: content)
        }
    }

    /// The bytes of a hex value.
    func bytes(_ key: String) throws -> [UInt8] {
        try Self.bytes(hex: #require(content[key]?.stringValue))
    }

    static func bytes(hex: String) throws -> [UInt8] {
        let digits = try hex.map { try #require($0.hexDigitValue) }
        try #require(digits.count % 2 == 0)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// An input step of a decoder.
enum DecoderStep: Sendable {
    case bytes([UInt8])
    /// A silence long enough to be noticed.
    case silence

    /// Parses a list of hex strings and the word `silence`.
    static func steps(_ value: JSONValue?) throws -> [Self] {
        try #require(value?.arrayValue).map { step in
            let text = try #require(step.stringValue)
            return text == "silence" ? .silence : .bytes(try ProtocolVector.bytes(hex: text))
        }
    }
}

extension JSONValue {
    /// Compares numbers by value, so that 2 equals 2.0.
    func isEquivalent(to other: JSONValue?) -> Bool {
        guard let other else { return false }
        if let mine = objectValue, let others = other.objectValue {
            return mine.members.count == others.members.count
                && mine.members.allSatisfy { $0.value.isEquivalent(to: others[$0.key]) }
        }
        if let mine = arrayValue, let others = other.arrayValue {
            return mine.count == others.count && zip(mine, others).allSatisfy { $0.isEquivalent(to: $1) }
        }
        if let mine = doubleValue, let others = other.doubleValue { return mine == others }
        return self == other
    }
}
