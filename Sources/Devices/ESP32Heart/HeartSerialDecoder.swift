import Clocks
import Events

/// Decodes the text that the heart board prints on its serial port at 115,200 baud.
///
/// Bytes may be split anywhere. Lines of no interest (boot messages of the chip, a partial first line) are counted and
/// skipped. Log entries of the Arduino core, printed by other tasks at any time, are removed even where they split a
/// line.
package struct HeartSerialDecoder: Sendable {
    /// The incomplete line.
    private var line: [UInt8] = []
    private var skipsToLineEnd = false
    /// The first line of a contact message; the second holds its number.
    private var pendingContact: HeartContact?
    /// The number of skipped lines.
    package private(set) var ignoredLines = 0

    /// Longer than `Sent: ` and any object that a board with additional sensors would send.
    package static let longestLine = 4_096

    package init() {}

    package mutating func feed(_ bytes: ArraySlice<UInt8>, into items: inout [HeartSerialItem]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !skipsToLineEnd { endLine(into: &items) }
                skipsToLineEnd = false
            } else if !skipsToLineEnd {
                line.append(byte)
                if line.count > Self.longestLine {
                    items.append(.rejected(.lineTooLong))
                    line.removeAll(keepingCapacity: true)
                    skipsToLineEnd = true
                }
            }
        }
    }

    private mutating func endLine(into items: inout [HeartSerialItem]) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if let entry = ArduinoLogEntry.start(in: line) {
            // The entry ends with its own line feed; the interrupted line continues after it.
            line.removeSubrange(entry...)
            return
        }
        let text = Self.withoutProgressDots(line)
        if !text.isEmpty { decodeLine(text, into: &items) }
        line.removeAll(keepingCapacity: true)
    }

    /// While the board waits for the network it prints dots without a line feed.
    private static func withoutProgressDots(_ line: [UInt8]) -> ArraySlice<UInt8> {
        line.drop { $0 == UInt8(ascii: ".") }
    }
}

extension HeartSerialDecoder {
    private mutating func decodeLine(_ line: ArraySlice<UInt8>, into items: inout [HeartSerialItem]) {
        if let contact = pendingContact {
            pendingContact = nil
            if let number = line.text(after: "IR Value: ") {
                items.append(Self.contact(contact, number))
                return
            }
            items.append(.rejected(.incompleteContact))
        }
        if line.text(after: "Weak finger contact") != nil {
            pendingContact = .weak
        } else if line.text(after: "No finger detected") != nil {
            pendingContact = HeartContact.none
        } else if let item = Self.item(of: line) {
            items.append(item)
        } else {
            ignoredLines += 1
        }
    }

    private static func item(of line: ArraySlice<UInt8>) -> HeartSerialItem? {
        if let number = line.text(after: "Good finger contact! IR Value: ") { return contact(.good, number) }
        if let object = line.text(after: "Sent: ") { return reading(object) }
        if let number = line.text(after: "Heartbeat detected! BPM: ") {
            return number.naturalNumber.map { .beat(beatsPerMinute: $0) } ?? .rejected(.malformedNumber)
        }
        return status(of: line).map { .status($0) }
    }

    private static func reading(_ object: ArraySlice<UInt8>) -> HeartSerialItem {
        do throws(HeartReadingError) {
            return .reading(try HeartReading(datagram: object))
        } catch {
            return .rejected(.reading(error))
        }
    }

    private static func contact(_ contact: HeartContact, _ number: ArraySlice<UInt8>) -> HeartSerialItem {
        number.naturalNumber.map { .contact(contact, infrared: $0) } ?? .rejected(.malformedNumber)
    }

    private static func status(of line: ArraySlice<UInt8>) -> HeartSerialItem.Status? {
        if let device = line.text(after: "MAX30102 Heart Rate Monitor - Device ") {
            return .started(device: String(decoding: device.prefix(32), as: UTF8.self))
        }
        if line.text(after: "MAX30102 found") != nil { return .sensorFound }
        if line.text(after: "MAX30102 was not found") != nil { return .sensorMissing }
        if line.text(after: "WiFi connected!") != nil { return .networkJoined }
        if line.text(after: "WiFi disconnected") != nil { return .networkLost }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// The rest of the text after a prefix; nil if the prefix is missing.
    fileprivate func text(after beginning: StaticString) -> ArraySlice<UInt8>? {
        let length = beginning.utf8CodeUnitCount
        guard count >= length else { return nil }
        return beginning.withUTF8Buffer { prefix(length).elementsEqual($0) } ? dropFirst(length) : nil
    }

    /// The value of one to nine digits, which fits any `Int`.
    fileprivate var naturalNumber: Int? {
        guard (1...9).contains(count) else { return nil }
        var value = 0
        for byte in self {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte & 0x0F)
        }
        return value
    }
}

/// A decoded line of the heart board's serial output.
package enum HeartSerialItem: Hashable, Sendable {
    /// The object that the board has just sent by UDP.
    case reading(HeartReading)
    /// A single beat and the rate computed from it. Only reported on the serial port.
    case beat(beatsPerMinute: Int)
    /// The contact of the finger, some ninety times a second.
    case contact(HeartContact, infrared: Int)
    case status(Status)
    case rejected(Reject)

    package enum Status: Hashable, Sendable {
        /// The board has booted and reports its name.
        case started(device: String)
        case sensorFound
        /// The sensor does not respond: the board will send nothing.
        case sensorMissing
        case networkJoined
        case networkLost
    }

    /// Why a line that should have a meaning was rejected.
    package enum Reject: Hashable, Sendable {
        case reading(HeartReadingError)
        /// A number is expected here.
        case malformedNumber
        case lineTooLong
        /// The first line of a two-line message without the second.
        case incompleteContact
    }
}

extension HeartSerialItem.Reject {
    /// A stable name for counters.
    package var name: String {
        switch self {
        case .reading(let error): "reading:\(error.reason.rawValue)"
        case .malformedNumber: "malformed_number"
        case .lineTooLong: "line_too_long"
        case .incompleteContact: "incomplete_contact"
        }
    }
}

/// The rate that a board reports for a single beat.
package struct HeartBoardBeat: Hashable, Sendable {
    package let beatsPerMinute: Int

    package init(beatsPerMinute: Int) {
        self.beatsPerMinute = beatsPerMinute
    }

    /// Whether the board includes it in the mean rate. Other values come from a moving finger.
    package var isPlausible: Bool { beatsPerMinute > 40 && beatsPerMinute < 200 }

    /// The time since the previous beat; nil for an implausible beat. The board truncates the rate to an integer, so
    /// this is up to one part in forty too long.
    package var interval: Nanoseconds? {
        isPlausible ? Nanoseconds(60_000_000_000 / Int64(beatsPerMinute)) : nil
    }
}

/// A log entry of the Arduino core: `[  1234][I][WiFiGeneric.cpp:929] text`, with milliseconds since boot and a level.
/// Printed by boards built with `CORE_DEBUG_LEVEL` above zero.
enum ArduinoLogEntry {
    private static let levels = Array("VDIWE".utf8)

    /// The position in the line where an entry begins.
    static func start(in line: [UInt8]) -> Int? {
        line.indices.first { line[$0] == UInt8(ascii: "[") && isEntry(line, at: $0) }
    }

    private static func isEntry(_ line: [UInt8], at start: Int) -> Bool {
        var index = start + 1
        while index < line.count, line[index] == UInt8(ascii: " ") { index += 1 }
        let firstDigit = index
        while index < line.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[index]) { index += 1 }
        guard index > firstDigit, index + 4 < line.count else { return false }
        return line[index] == UInt8(ascii: "]") && line[index + 1] == UInt8(ascii: "[")
            && levels.contains(line[index + 2]) && line[index + 3] == UInt8(ascii: "]")
            && line[index + 4] == UInt8(ascii: "[")
    }
}
