import Devices

/// What a controller says on a raw socket. The kernel's own conversation with it is heard as well: an answer to a command
/// need not be the answer to ours.
package enum HCIEvent: Hashable, Sendable {
    case completed(opcode: UInt16, status: UInt8, answer: ArraySlice<UInt8>)
    case status(opcode: UInt16, status: UInt8)
    case hardwareError(UInt8)
    case advertisements([AdvertisingReport])
    case other(UInt8)

    /// One device heard once.
    package struct AdvertisingReport: Hashable, Sendable {
        package let address: BluetoothAddress
        package let signal: Int8?
        /// False for a part of something longer.
        package let isComplete: Bool
        package let isScanResponse: Bool
        package let data: AdvertisingData
    }
}

/// A packet of a raw socket that was not taken. The raw value of the reason is a stable name.
package struct HCIPacketError: Error, Hashable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        /// Its length is not what it says, or not what such a packet has.
        case length
        /// Not an event.
        case kind
    }

    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }
}

extension HCIEvent {
    package init(_ bytes: ArraySlice<UInt8>) throws(HCIPacketError) {
        guard bytes.count >= 3 else { throw HCIPacketError(.length) }
        guard bytes.byte(at: 0) == 0x04 else { throw HCIPacketError(.kind) }
        let body = bytes.dropFirst(3)
        guard body.count == Int(bytes.byte(at: 2)) else { throw HCIPacketError(.length) }
        switch bytes.byte(at: 1) {
        case 0x0E:
            // Some answers are empty, and have no status then.
            guard body.count >= 3 else { throw HCIPacketError(.length) }
            let status = body.count > 3 ? body.byte(at: 3) : 0
            self = .completed(opcode: body.littleEndian16(at: 1), status: status, answer: body.dropFirst(4))
        case 0x0F:
            guard body.count == 4 else { throw HCIPacketError(.length) }
            self = .status(opcode: body.littleEndian16(at: 2), status: body.byte(at: 0))
        case 0x10:
            guard let code = body.first else { throw HCIPacketError(.length) }
            self = .hardwareError(code)
        case 0x3E where body.first == 0x02: self = .advertisements(try Self.legacyReports(body.dropFirst()))
        case 0x3E where body.first == 0x0D: self = .advertisements(try Self.extendedReports(body.dropFirst()))
        case let other: self = .other(other)
        }
    }

    /// Kind, kind of address, address, length, data, signal.
    private static func legacyReports(_ body: ArraySlice<UInt8>) throws(HCIPacketError) -> [AdvertisingReport] {
        try reports(body) { (rest) throws(HCIPacketError) in
            guard rest.count >= 10, rest.count >= 10 + Int(rest.byte(at: 8)) else { throw HCIPacketError(.length) }
            let length = Int(rest.byte(at: 8))
            let report = AdvertisingReport(
                address: address(rest.dropFirst(1)), signal: signal(rest.byte(at: 9 + length)), isComplete: true,
                isScanResponse: rest.byte(at: 0) == 4, data: AdvertisingData(rest.dropFirst(9).prefix(length)))
            rest = rest.dropFirst(10 + length)
            return report
        }
    }

    /// Kind (2), kind of address, address, radio modes (2), set, power, signal, interval (2), target (7), length, data.
    private static func extendedReports(_ body: ArraySlice<UInt8>) throws(HCIPacketError) -> [AdvertisingReport] {
        try reports(body) { (rest) throws(HCIPacketError) in
            guard rest.count >= 24, rest.count >= 24 + Int(rest.byte(at: 23)) else { throw HCIPacketError(.length) }
            let length = Int(rest.byte(at: 23))
            let report = AdvertisingReport(
                address: address(rest.dropFirst(2)), signal: signal(rest.byte(at: 13)),
                isComplete: rest.byte(at: 0) & 0x60 == 0, isScanResponse: rest.byte(at: 0) & 0x08 != 0,
                data: AdvertisingData(rest.dropFirst(24).prefix(length)))
            rest = rest.dropFirst(24 + length)
            return report
        }
    }

    private static func reports(
        _ body: ArraySlice<UInt8>, _ next: (inout ArraySlice<UInt8>) throws(HCIPacketError) -> AdvertisingReport
    ) throws(HCIPacketError) -> [AdvertisingReport] {
        guard let count = body.first else { throw HCIPacketError(.length) }
        var rest = body.dropFirst()
        var reports: [AdvertisingReport] = []
        for _ in 0..<count { reports.append(try next(&rest)) }
        guard rest.isEmpty else { throw HCIPacketError(.length) }
        return reports
    }

    /// Its kind, and six bytes. Odd kinds are random, also those that the controller has resolved.
    private static func address(_ bytes: ArraySlice<UInt8>) -> BluetoothAddress {
        BluetoothAddress(
            littleEndian: bytes.dropFirst(), kind: bytes.byte(at: 0) & 1 == 0 ? .publicAddress : .random)
    }

    private static func signal(_ byte: UInt8) -> Int8? {
        byte == 127 ? nil : Int8(bitPattern: byte)
    }
}
