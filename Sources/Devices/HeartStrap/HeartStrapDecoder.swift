/// Reads the Heart Rate Measurement (0x2A37) or the Battery Level (0x2A19) of any strap, watch or band that speaks the
/// standard services. One value is one notification, or the answer to one read.
///
///     FF  RR [RR]  [EE EE]  [II II] [II II] …
///
/// - FF: bit 0: the rate has two bytes · bit 2: the strap can tell contact, and bit 1: it has it · bit 3: energy follows ·
///   bit 4: intervals follow · all numbers low byte first
package struct HeartStrapDecoder: DeviceDecoder {
    /// Which value is read.
    package enum Characteristic: Sendable {
        case measurement
        case battery
    }

    package private(set) var counters = DecoderCounters()
    private let characteristic: Characteristic

    package init(_ characteristic: Characteristic) {
        self.characteristic = characteristic
    }

    package var pendingByteCount: Int { 0 }

    package mutating func feed(_ value: ArraySlice<UInt8>, _ emit: (HeartStrapReading) -> Void) {
        do throws(DecoderReject) {
            let reading: HeartStrapReading =
                switch characteristic {
                case .measurement: .measurement(try HeartStrapMeasurement(value: value))
                case .battery: .battery(try Self.battery(value))
                }
            counters.accept(byteCount: value.count)
            emit(reading)
        } catch {
            counters.reject(error)
            emit(.rejected(error))
        }
    }

    package mutating func flush(_ emit: (HeartStrapReading) -> Void) {}

    private static func battery(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> Int {
        guard let level = value.first, value.count == 1 else {
            throw DecoderReject(.length, "a battery level has one byte", byteCount: value.count)
        }
        guard level <= 100 else {
            throw DecoderReject(.range, "a battery level is at most 100 percent", byteCount: 1)
        }
        return Int(level)
    }
}

extension HeartStrapMeasurement {
    private struct Flags {
        let bits: UInt8
        var hasWideRate: Bool { bits & 0x01 != 0 }
        var contact: Contact { bits & 0x04 == 0 ? .unsupported : bits & 0x02 == 0 ? .poor : .good }
        var hasEnergy: Bool { bits & 0x08 != 0 }
        var hasIntervals: Bool { bits & 0x10 != 0 }
    }

    fileprivate init(value: ArraySlice<UInt8>) throws(DecoderReject) {
        let flags = Flags(bits: value.first ?? 0)
        let rateEnd = flags.hasWideRate ? 3 : 2
        let end = flags.hasEnergy ? rateEnd + 2 : rateEnd
        guard value.count >= end else {
            throw DecoderReject(.length, "shorter than its flags promise", byteCount: value.count)
        }
        let rest = value.count - end
        guard flags.hasIntervals ? rest % 2 == 0 : rest == 0 else {
            throw DecoderReject(.length, "longer than its flags allow", byteCount: value.count)
        }
        beatsPerMinute = flags.hasWideRate ? Int(value.littleEndian16(at: 1)) : Int(value.byte(at: 1))
        contact = flags.contact
        energy = flags.hasEnergy ? Int(value.littleEndian16(at: rateEnd)) : nil
        intervals = (0..<rest / 2).map { value.littleEndian16(at: end + 2 * $0) }
    }
}

/// What a strap can be told.
package enum HeartStrapCommand {
    /// Sets the energy to zero; written to the Heart Rate Control Point (0x2A39) of straps that have one.
    package static let resetEnergy: [UInt8] = [0x01]
}
