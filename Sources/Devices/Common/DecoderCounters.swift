/// A decoder's books: every byte that was fed to it was accepted, refused for a counted reason, or is still held back as
/// the beginning of an unfinished frame.
package struct DecoderCounters: Hashable, Sendable {
    /// Frames that were understood, and their bytes.
    package private(set) var frames: UInt64 = 0
    package private(set) var acceptedBytes: UInt64 = 0
    package private(set) var rejectedBytes: UInt64 = 0
    /// One lane for each reason.
    private var rejects = SIMD8<UInt64>()

    package init() {}

    /// How many times something was refused for this reason.
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
