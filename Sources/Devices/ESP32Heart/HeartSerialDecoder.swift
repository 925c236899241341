import Events

/// Reads what the heart board prints on its serial port: text for people, at 115,200 baud, in lines.
///
/// Bytes may come in pieces of any size. Lines that mean nothing here (the chip's own boot messages, the rest of a line
/// that was under way when the port was opened) are counted and skipped. Log entries of the Arduino core, which other
/// tasks print whenever they like, are cut out even where they split a line in two.
package struct HeartSerialDecoder: Sendable {
    /// The unfinished line.
    private var line: [UInt8] = []
    private var skipsToLineEnd = false
    /// The first half of a contact message: its number follows on the next line.
    private var pendingContact: HeartContact?
    /// Lines without meaning, since the beginning.
    package private(set) var ignoredLines = 0

    /// Longer than `Sent: ` and any object that a board with a few more sensors would send.
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
            // The entry ends with its own line end, and what it interrupted goes on behind it.
            line.removeSubrange(entry...)
            return
        }
        let text = Self.withoutProgressDots(line)
        if !text.isEmpty { decodeLine(text, into: &items) }
        line.removeAll(keepingCapacity: true)
    }

    /// While it waits for the network the board prints dots and ends no line.
    private static func withoutProgressDots(_ line: [UInt8]) -> ArraySlice<UInt8> {
        line.drop { $0 == UInt8(ascii: ".") }
    }
}

/// Lines.
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
    /// What follows a beginning, or nil when the text begins otherwise.
    fileprivate func text(after beginning: StaticString) -> ArraySlice<UInt8>? {
        let length = beginning.utf8CodeUnitCount
        guard count >= length else { return nil }
        return beginning.withUTF8Buffer { prefix(length).elementsEqual($0) } ? dropFirst(length) : nil
    }

    /// The whole text as digits; at most nine, which fits any `Int`.
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
