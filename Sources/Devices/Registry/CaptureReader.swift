/// Decodes what somebody has captured from a device, as lines of hex or as the bytes themselves, in pieces of any size.
package struct CaptureReader: Sendable {
    package enum Notation: Hashable, Sendable {
        /// Each line is one message, or a piece of the stream. A message that is text may stand there as it is: nothing
        /// in hex begins with a brace.
        case hexLines
        /// The bytes as they came. Messages that are text stand on lines of their own.
        case bytes
    }

    /// A line of the capture that is no hex.
    package struct LineError: Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1.
        package let line: Int
        package let sentence: String

        package var description: String { "line \(line): \(sentence)" }
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

    /// In bytes. The longest message that any device sends is shorter, even as hex.
    package static let longestLine = 16 << 20

    /// Nil where bytes alone do not say where a message ends.
    package init?(_ form: DecoderVariant, as notation: Notation) {
        isHex = notation == .hexLines
        if case .textMessages = form.delivery { hasText = true } else { hasText = false }
        switch form.delivery {
        case .stream: splitsLines = isHex
        case .textMessages: splitsLines = true
        case .messages:
            guard isHex else { return nil }
            splitsLines = true
        }
        decoder = form.makeDecoder()
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

    /// The capture ends here.
    package mutating func finish() {
        if !line.isEmpty || isLineTooLong { endLine() }
        decoder.finish(into: &log)
    }

    /// The readings and refusals since the last time, as lines of JSON.
    package mutating func drainLines() -> [UInt8] {
        log.drainLines()
    }

    /// The lines since the last time that could not be read.
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
            lineErrors.append(LineError(line: lineNumber, sentence: "longer than any message"))
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
            lineErrors.append(LineError(line: lineNumber, sentence: error.rawValue))
        }
    }
}
