import Clocks

/// A value of a cycling speed and cadence sensor.
package enum CyclingSensorReading: Hashable, Sendable {
    case measurement(CyclingSensorMeasurement)
    case features(CyclingSensorFeatures)
    /// Percent.
    case battery(Int)
    case rejected(DecoderReject)
}

/// Cumulative revolutions, sent about once a second. A sensor on the wheel sends `wheel`, one on the crank `crank`.
package struct CyclingSensorMeasurement: Hashable, Sendable {
    package let wheel: Revolutions?
    package let crank: Revolutions?

    package struct Revolutions: Hashable, Sendable {
        /// Since the sensor was switched on; wraps at 32 bits for the wheel and at 16 bits for the crank.
        package let total: UInt32
        /// When the latest revolution ended, by the sensor's clock; wraps every 64 s.
        package let eventTime: Nanoseconds
        /// The mean rate since the previous measurement. Nil if unknown: for the first measurement, after the counter
        /// was reset, and for the first measurement without a new revolution. Zero after that.
        package let perMinute: Double?
    }
}

/// What the sensor supports.
package struct CyclingSensorFeatures: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let wheel = Self(rawValue: 1 << 0)
    package static let crank = Self(rawValue: 1 << 1)
    package static let severalLocations = Self(rawValue: 1 << 2)
}

/// Decodes the characteristics of the Cycling Speed and Cadence service (0x1816): CSC Measurement (0x2A5B), CSC Feature
/// (0x2A5C) and Battery Level (0x2A19). One value is one notification or the answer to one read.
///
///     FF  [WW WW WW WW  TT TT]  [CC CC  TT TT]
///
/// - FF: bit 0: wheel revolutions follow · bit 1: crank revolutions follow
/// - WW, CC: cumulative revolutions · TT: time of the last revolution in 1/1,024 s · all numbers low byte first
package struct CyclingSensorDecoder: DeviceDecoder {
    package enum Characteristic: Sendable {
        case measurement
        case features
        case battery
    }

    package private(set) var counters = DecoderCounters()
    private let characteristic: Characteristic
    private var wheel = RevolutionRate(wraps: .max, limit: 1_500)
    private var crank = RevolutionRate(wraps: UInt32(UInt16.max), limit: 250)

    package init(_ characteristic: Characteristic) {
        self.characteristic = characteristic
    }

    package var pendingByteCount: Int { 0 }

    package mutating func feed(_ value: ArraySlice<UInt8>, _ emit: (CyclingSensorReading) -> Void) {
        do throws(DecoderReject) {
            let reading: CyclingSensorReading =
                switch characteristic {
                case .measurement: .measurement(try measurement(value))
                case .features: .features(try Self.features(value))
                case .battery: .battery(try BatteryLevel.decode(value))
                }
            counters.accept(byteCount: value.count)
            emit(reading)
        } catch {
            counters.reject(error)
            emit(.rejected(error))
        }
    }

    /// The next measurement is not compared with the previous one.
    package mutating func flush(_ emit: (CyclingSensorReading) -> Void) {
        wheel.reset()
        crank.reset()
    }

    private mutating func measurement(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> CyclingSensorMeasurement {
        let flags = value.first ?? 0
        let (hasWheel, hasCrank) = (flags & 0x01 != 0, flags & 0x02 != 0)
        guard value.count == 1 + (hasWheel ? 6 : 0) + (hasCrank ? 4 : 0) else {
            throw DecoderReject(.length, "measurement whose length contradicts its flags", byteCount: value.count)
        }
        var offset = 1
        var wheelRevolutions: CyclingSensorMeasurement.Revolutions?
        if hasWheel {
            let total = UInt32(value.littleEndian16(at: 1)) | UInt32(value.littleEndian16(at: 3)) << 16
            wheelRevolutions = wheel.update(total, at: value.littleEndian16(at: 5))
            offset = 7
        }
        var crankRevolutions: CyclingSensorMeasurement.Revolutions?
        if hasCrank {
            let total = UInt32(value.littleEndian16(at: offset))
            crankRevolutions = crank.update(total, at: value.littleEndian16(at: offset + 2))
        }
        return CyclingSensorMeasurement(wheel: wheelRevolutions, crank: crankRevolutions)
    }

    private static func features(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> CyclingSensorFeatures {
        guard value.count == 2 else {
            throw DecoderReject(.length, "feature flags with other than two bytes", byteCount: value.count)
        }
        return CyclingSensorFeatures(rawValue: value.littleEndian16(at: 0))
    }
}

/// The rate of a revolution counter, from two successive measurements.
private struct RevolutionRate: Sendable {
    /// The largest value of the counter.
    let wraps: UInt32
    /// Revolutions per minute. A higher rate means that the counter was reset.
    let limit: Double
    private var previous: (total: UInt32, ticks: UInt16)?
    private var isStanding = false

    init(wraps: UInt32, limit: Double) {
        self.wraps = wraps
        self.limit = limit
    }

    mutating func reset() {
        previous = nil
        isStanding = false
    }

    mutating func update(_ total: UInt32, at ticks: UInt16) -> CyclingSensorMeasurement.Revolutions {
        let rate = rate(total, at: ticks)
        isStanding = previous?.total == total
        previous = (total, ticks)
        return CyclingSensorMeasurement.Revolutions(
            total: total, eventTime: Nanoseconds(Int64(ticks) * 1_000_000_000 / 1_024), perMinute: rate)
    }

    private func rate(_ total: UInt32, at ticks: UInt16) -> Double? {
        guard let previous else { return nil }
        // A slow revolution may take longer than the time between two measurements.
        if total == previous.total { return isStanding ? 0 : nil }
        let elapsed = ticks &- previous.ticks
        guard elapsed > 0 else { return nil }
        let rate = Double((total &- previous.total) & wraps) * 60 * 1_024 / Double(elapsed)
        return rate <= limit ? rate : nil
    }
}
