import Text

/// Decodes a capture, given as lines of hex or as raw bytes, in chunks of any size.
package struct CaptureReader: Sendable {
    package enum Notation: Hashable, Sendable {
        /// Each line is one message or a chunk of the stream, in hex. Text messages may appear literally, because no
        /// hex line begins with a brace.
        case hexLines
        /// Raw bytes. Text messages are on lines of their own.
        case bytes
    }

    /// A line of the capture that is not hex.
    package struct LineError: Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1.
        package let line: Int
        package let message: String

        package var description: String { "line \(line): \(message)" }
    }

    package private(set) var log = ReadingLog()
    private var decoder: any LoggingDecoder
    private let splitsLines: Bool
    private let isHex: Bool
    private let hasText: Bool
    private var line: [UInt8] = []
    private var lineNumber = 1
    private var isLineTooLong = false
    private var lineErrors: [LineError] = []

    /// In bytes. Longer than any message of a device, even in hex.
    package static let longestLine = 16 << 20

    /// Nil if raw bytes do not delimit the messages of this variant.
    package init?(_ variant: DecoderVariant, as notation: Notation) {
        isHex = notation == .hexLines
        if case .textMessages = variant.delivery { hasText = true } else { hasText = false }
        switch variant.delivery {
        case .stream: splitsLines = isHex
        case .textMessages: splitsLines = true
        case .messages:
            guard isHex else { return nil }
            splitsLines = true
        }
        decoder = variant.makeDecoder()
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>) {
        guard splitsLines else { return decoder.feed(bytes, into: &log) }
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            extendLine(rest[..<end])
            endLine()
            rest = rest[(end + 1)...]
        }
        extendLine(rest)
    }

    package mutating func finish() {
        if !line.isEmpty || isLineTooLong { endLine() }
        decoder.finish(into: &log)
    }

    /// Removes and returns the readings and rejects so far, as lines of JSON.
    package mutating func drainLines() -> [UInt8] {
        log.drainLines()
    }

    /// Removes and returns the errors so far.
    package mutating func drainLineErrors() -> [LineError] {
        var taken: [LineError] = []
        swap(&taken, &lineErrors)
        return taken
    }

    private mutating func extendLine(_ bytes: ArraySlice<UInt8>) {
        if line.count + bytes.count > Self.longestLine { isLineTooLong = true }
        if !isLineTooLong { line += bytes }
    }

    private mutating func endLine() {
        if isLineTooLong {
            lineErrors.append(LineError(line: lineNumber, message: "line too long"))
        } else if isHex, !(hasText && line.first == UInt8(ascii: "{")) {
            decodeHexLine()
        } else if !line.isEmpty {
            decoder.feed(line[...], into: &log)
        }
        line.removeAll(keepingCapacity: true)
        isLineTooLong = false
        lineNumber += 1
    }

    private mutating func decodeHexLine() {
        do throws(HexLine.ParseError) {
            let bytes = try HexLine.bytes(line[...])
            if !bytes.isEmpty { decoder.feed(bytes[...], into: &log) }
        } catch {
            lineErrors.append(LineError(line: lineNumber, message: error.rawValue))
        }
    }
}

/// Parses hexadecimal text: pairs of digits with optional `0x`, and optional spaces, commas, colons or dashes between
/// them. A `#` begins a comment.
enum HexLine {
    /// The raw value is a message for display.
    enum ParseError: String, Error {
        case notHexadecimal = "expected pairs of hexadecimal digits, or # before a comment"
        case oddDigits = "odd number of hexadecimal digits"
    }

    static func bytes(_ line: ArraySlice<UInt8>) throws(ParseError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count / 2)
        var high: UInt8?
        var index = line.startIndex
        while index < line.endIndex, line[index] != UInt8(ascii: "#") {
            let character = line[index]
            index += 1
            if let digit = Hexadecimal.value(of: character) {
                if let upper = high {
                    bytes.append(upper << 4 | digit)
                    high = nil
                } else if digit == 0, index < line.endIndex, line[index] | 0x20 == UInt8(ascii: "x") {
                    index += 1
                } else {
                    high = digit
                }
                continue
            }
            guard character.isHexSeparator else { throw .notHexadecimal }
            if high != nil { throw .oddDigits }
        }
        if high != nil { throw .oddDigits }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isHexSeparator: Bool {
        switch self {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
