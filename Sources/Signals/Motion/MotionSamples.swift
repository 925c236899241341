import Clocks
import Events

/// The samples of a recording as bytes: one record of fixed length after the other, so that a part can be read without the
/// rest. Recordings of years ago have this form: do not change it.
package struct MotionSamples: Sendable {
    /// The quantity, the time in nanoseconds since 1970, and three axes, each 64 bits in little-endian order.
    package static let recordBytes = 33

    package let bytes: [UInt8]

    /// An incomplete record at the end is ignored.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Parameter samples: of a quantity, in the order of time.
    package init(_ samples: (MotionEvent.Quantity) -> ArraySlice<MotionBuffer.Sample>) {
        var bytes: [UInt8] = []
        for quantity in MotionEvent.Quantity.allCases {
            for sample in samples(quantity) {
                bytes.append(quantity.code)
                Self.append(UInt64(bitPattern: sample.time.nanoseconds), to: &bytes)
                for value in [sample.vector.x, sample.vector.y, sample.vector.z] {
                    Self.append(value.bitPattern, to: &bytes)
                }
            }
        }
        self.bytes = bytes
    }

    package var count: Int { bytes.count / Self.recordBytes }

    /// Nil for a quantity that this version does not know.
    package subscript(index: Int) -> (quantity: MotionEvent.Quantity, sample: MotionBuffer.Sample)? {
        let start = index * Self.recordBytes
        guard let quantity = MotionEvent.Quantity(code: bytes[start]) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            func value(_ position: Int) -> UInt64 {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 1 + 8 * position, as: UInt64.self))
            }
            let vector = Vector3(
                x: Double(bitPattern: value(1)), y: Double(bitPattern: value(2)), z: Double(bitPattern: value(3)))
            let time = WallTime(nanoseconds: Int64(bitPattern: value(0)))
            return (quantity, MotionBuffer.Sample(time: time, vector: vector))
        }
    }

    /// Those of each quantity, in the order of time.
    package var byQuantity: [MotionEvent.Quantity: [MotionBuffer.Sample]] {
        var samples: [MotionEvent.Quantity: [MotionBuffer.Sample]] = [:]
        for index in 0..<count {
            if let (quantity, sample) = self[index] { samples[quantity, default: []].append(sample) }
        }
        return samples
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}

extension MotionEvent.Quantity {
    /// Stored: do not change it.
    fileprivate var code: UInt8 {
        switch self {
        case .acceleration: 1
        case .rawAcceleration: 2
        case .rotation: 3
        case .rawRotation: 4
        case .wristRotation: 5
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 1: self = .acceleration
        case 2: self = .rawAcceleration
        case 3: self = .rotation
        case 4: self = .rawRotation
        case 5: self = .wristRotation
        default: return nil
        }
    }
}
