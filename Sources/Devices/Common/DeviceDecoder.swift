/// Decodes the bytes of a device into readings.
///
/// Where the transport delivers messages (Bluetooth notifications, datagrams), one call of `feed` is one message. Where
/// it is a stream (a serial port), the bytes may be split anywhere without affecting the readings.
package protocol DeviceDecoder: Sendable {
    associatedtype Reading: Hashable, Sendable

    mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (Reading) -> Void)

    /// Ends the current message or list: the device has been silent for a while, or is gone.
    mutating func flush(_ emit: (Reading) -> Void)

    /// Accounts for all bytes fed, except those held back.
    var counters: DecoderCounters { get }

    /// Bytes of an incomplete frame.
    var pendingByteCount: Int { get }
}

/// Bytes that a decoder rejected, and why. All devices share the same few reasons, so that they can be counted and
/// compared; the detail is for diagnosis.
package struct DecoderReject: Error, Hashable, Sendable {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, Sendable {
        /// No frame has this length, or it contradicts the length in the frame.
        case length
        /// A wrong checksum, or a wrong trailer that serves as one.
        case checksum
        /// A value that the device cannot produce.
        case range
        /// An undocumented frame.
        case unknown
        /// An incomplete frame.
        case truncated
        /// Bytes skipped to find the next frame after synchronisation was lost.
        case resynchronised
    }

    package let reason: Reason
    /// The number of discarded bytes.
    package let byteCount: Int
    /// The exact defect. Always a string literal, so that a reject does not allocate.
    package let detail: String

    package init(_ reason: Reason, _ detail: String, byteCount: Int) {
        self.reason = reason
        self.byteCount = byteCount
        self.detail = detail
    }
}

extension DecoderReject: CustomStringConvertible {
    package var description: String { "\(reason.rawValue): \(detail) (\(byteCount) bytes)" }
}

/// Byte accounting of a decoder: every byte fed to it was accepted, was rejected for a counted reason, or is held back
/// as part of an incomplete frame.
package struct DecoderCounters: Hashable, Sendable {
    /// Accepted frames and their bytes.
    package private(set) var frames: UInt64 = 0
    package private(set) var acceptedBytes: UInt64 = 0
    package private(set) var rejectedBytes: UInt64 = 0
    /// One lane per reason.
    private var rejects = SIMD8<UInt64>()

    package init() {}

    /// The number of rejects for this reason.
    package subscript(reason: DecoderReject.Reason) -> UInt64 { rejects[reason.lane] }

    package var rejectCount: UInt64 { rejects.wrappedSum() }

    package mutating func accept(byteCount: Int) {
        frames &+= 1
        acceptedBytes &+= UInt64(byteCount)
    }

    package mutating func reject(_ reject: DecoderReject) {
        rejects[reject.reason.lane] &+= 1
        rejectedBytes &+= UInt64(reject.byteCount)
    }
}

extension DecoderReject.Reason {
    fileprivate var lane: Int {
        switch self {
        case .length: 0
        case .checksum: 1
        case .range: 2
        case .unknown: 3
        case .truncated: 4
        case .resynchronised: 5
        }
    }
}

/// Integers in a frame, by offset from its first byte. The caller has checked the length.
extension ArraySlice<UInt8> {
    package func byte(at offset: Int) -> UInt8 {
        self[startIndex + offset]
    }

    package func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(byte(at: offset)) << 8 | UInt16(byte(at: offset + 1))
    }

    package func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(bigEndian16(at: offset)) << 16 | UInt32(bigEndian16(at: offset + 2))
    }

    package func littleEndian16(at offset: Int) -> UInt16 {
        UInt16(byte(at: offset)) | UInt16(byte(at: offset + 1)) << 8
    }

    package func signedLittleEndian16(at offset: Int) -> Int16 {
        Int16(bitPattern: littleEndian16(at: offset))
    }
}
