import Foundation
import JSON
import TestSupport
import Testing

@testable import Devices

/// One line of firmware-protocols/pressure-mat/vectors.jsonl.
struct MatVector: CustomTestStringConvertible, Sendable {
    let name: String
    let decoder: MatDecoder
    /// The bytes before each pause and before the end.
    let input: [[UInt8]]
    let items: JSONValue

    var testDescription: String { name }

    static func load() throws -> [Self] {
        let file = URL(filePath: #filePath)
            .appending(path: "../../../../firmware-protocols/pressure-mat/vectors.jsonl").standardized
        return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).map { line in
            try Self(JSONValue(parsing: line, limits: .stored))
        }
    }

    private init(_ vector: JSONValue) throws {
        name = try #require(vector["name"]?.stringValue)
        decoder = try Self.decoder(of: vector)
        var input: [[UInt8]] = [[]]
        for piece in try #require(vector["input"]?.arrayValue) {
            if piece["pause"] != nil { input.append([]) } else { input[input.count - 1] += try Self.bytes(piece) }
        }
        self.input = input
        items = .array(try #require(vector["items"]?.arrayValue).map(Self.expanded))
    }

    private static func decoder(of vector: JSONValue) throws -> MatDecoder {
        if let layout = vector["layout"] { return .framed(FramedMatDecoder(try MatLayout(vector: layout))) }
        if let size = vector["run_length"] {
            let rows = try #require(size["rows"]?.integerValue)
            let columns = try #require(size["columns"]?.integerValue)
            return .runLength(RunLengthMatDecoder(rows: Int(rows), columns: Int(columns)))
        }
        let form = try #require(vector["form"]?.stringValue)
        return MatDecoder(try #require(KnownMat.named(form)))
    }

    private static func bytes(_ piece: JSONValue) throws -> [UInt8] {
        if let text = piece["text"]?.stringValue { return Array(text.utf8) }
        if let pattern = piece["repeat"]?.stringValue {
            let times = try #require(piece["times"]?.integerValue)
            return (0..<times).flatMap { _ in (try? HexLine.bytes(Array(pattern.utf8)[...])) ?? [] }
        }
        return try HexLine.bytes(Array(try #require(piece.stringValue).utf8)[...])
    }

    /// Expands `[value, count]` among the cells.
    private static func expanded(_ item: JSONValue) throws -> JSONValue {
        guard var object = item.objectValue, let cells = object["cells"]?.arrayValue else { return item }
        let expanded = cells.flatMap { cell in
            guard let value = cell[0], let count = cell[1]?.integerValue else { return [cell] }
            return [JSONValue](repeating: value, count: Int(count))
        }
        object.set("cells", to: .array(expanded))
        return .object(object)
    }
}

extension MatLayout {
    fileprivate init(vector: JSONValue) throws {
        func number(_ key: String) -> Int? { vector[key]?.integerValue.map { Int($0) } }
        func mark(_ key: String) throws -> [UInt8] {
            try HexLine.bytes(Array((vector[key]?.stringValue ?? "").utf8)[...])
        }
        let scale = MatScale(
            rest: try #require(vector["scale"]?["rest"]?.doubleValue),
            full: try #require(vector["scale"]?["full"]?.doubleValue),
            noSensor: vector["scale"]?["no_sensor"]?.doubleValue ?? -.infinity)
        self.init(
            rows: try #require(number("rows")), columns: try #require(number("columns")),
            cell: try #require(Cell(rawValue: vector["cell"]?.stringValue ?? "")), scale: try #require(scale))
        header = try mark("header")
        trailer = try mark("trailer")
        offset = number("offset") ?? 0
        padding = number("padding") ?? 0
        counterOffset = number("counter")
        allowsText = vector["text"]?.booleanValue ?? false
        largestCell = number("largest") ?? largestCell
        try #require(problem == nil)
    }
}

/// Collects what a decoder emits.
struct MatDecoderRecorder {
    var decoder: MatDecoder
    private(set) var items: [MatItem] = []

    init(_ decoder: MatDecoder) {
        self.decoder = decoder
    }

    /// Feeds bytes in chunks of random size.
    mutating func feed(_ bytes: [UInt8], cuts: ClosedRange<Int>, random: inout SeededGenerator) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: cuts, using: &random)
            decoder.feed(rest.prefix(count)) { items.append($0) }
            rest = rest.dropFirst(count)
        }
    }

    mutating func pause() {
        decoder.pause { items.append($0) }
    }

    mutating func finish() {
        decoder.finish { items.append($0) }
    }

    var frames: [MatReading] {
        items.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    var rejects: [DecoderReject] {
        items.compactMap { if case .rejected(let reject) = $0 { reject } else { nil } }
    }

    /// The items as in vectors.jsonl: without the details of rejects.
    var asVector: JSONValue {
        get throws {
            var log = ReadingLog()
            for item in items { log.item(item) }
            return .array(
                try log.drainLines().split(separator: UInt8(ascii: "\n")).map { line in
                    let item = try JSONValue(parsing: line, limits: .stored)
                    guard item["detail"] != nil else { return item }
                    var object = JSONObject()
                    for member in item.objectValue?.members ?? [] where member.key != "detail" {
                        object.set(member.key, to: member.value)
                    }
                    return .object(object)
                })
        }
    }
}
