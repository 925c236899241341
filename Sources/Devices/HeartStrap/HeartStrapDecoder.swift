import Clocks

/// A reading of a heart-rate strap, as defined by the Bluetooth specification.
package enum HeartStrapReading: Hashable, Sendable {
    case measurement(HeartStrapMeasurement)
    /// Percent.
    case battery(Int)
    case rejected(DecoderReject)
}

/// A heart rate, sent about once a second.
package struct HeartStrapMeasurement: Hashable, Sendable {
    /// 0 until the strap detects a beat.
    package let beatsPerMinute: Int
    package let contact: Contact
    /// In kilojoules since the start or last reset, at most 65,535; sent occasionally.
    package let energy: Int?
    /// The times between the beats since the previous measurement, oldest first, in 1/1,024 s.
    package let intervals: [UInt16]

    /// Skin contact. The raw value is a stable name.
    package enum Contact: String, CaseIterable, Sendable {
        /// Not measured.
        case unsupported
        case poor
        case good
    }

    package var intervalDurations: [Nanoseconds] {
        intervals.map { Nanoseconds(Int64($0) * 1_000_000_000 / 1_024) }
    }
}

/// Decodes the Heart Rate Measurement (0x2A37) or Battery Level (0x2A19) of any strap, watch or band with the standard
/// services. One value is one notification or the answer to one read.
///
///     FF  RR [RR]  [EE EE]  [II II] [II II] …
///
/// - FF: bit 0: two-byte rate · bit 2: contact supported, and bit 1: contact detected · bit 3: energy follows · bit 4:
///   intervals follow · all numbers low byte first
package struct HeartStrapDecoder: DeviceDecoder {
    /// Which characteristic is decoded.
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
                case .battery: .battery(try BatteryLevel.decode(value))
                }
            counters.accept(byteCount: value.count)
            emit(reading)
        } catch {
            counters.reject(error)
            emit(.rejected(error))
        }
    }

    package mutating func flush(_ emit: (HeartStrapReading) -> Void) {}
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
            throw DecoderReject(.length, "measurement shorter than its flags imply", byteCount: value.count)
        }
        let rest = value.count - end
        guard flags.hasIntervals ? rest % 2 == 0 : rest == 0 else {
            throw DecoderReject(.length, "measurement longer than its flags imply", byteCount: value.count)
        }
        beatsPerMinute = flags.hasWideRate ? Int(value.littleEndian16(at: 1)) : Int(value.byte(at: 1))
        contact = flags.contact
        energy = flags.hasEnergy ? Int(value.littleEndian16(at: rateEnd)) : nil
        intervals = (0..<rest / 2).map { value.littleEndian16(at: end + 2 * $0) }
    }
}

/// Commands to a strap.
package enum HeartStrapCommand {
    /// Resets the energy; written to the Heart Rate Control Point (0x2A39) of straps that have one.
    package static let resetEnergy: [UInt8] = [0x01]
}
