/// Bytes that a decoder refused, and why. The reasons are few and the same for every device, so that they can be counted
/// and compared; the detail is for the person who wonders what ails a sensor.
package struct DecoderReject: Error, Hashable, Sendable {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, Sendable {
        /// No frame has this length, or the length does not fit what the frame says of itself.
        case length
        /// A checksum, or a trailer that serves as one, is wrong.
        case checksum
        /// A field holds what this device cannot mean.
        case range
        /// Nobody has documented such a frame.
        case unknown
        /// The beginning of a frame whose rest never came.
        case truncated
        /// What was skipped to find the next frame after the step was lost.
        case resynchronised
    }

    package let reason: Reason
    /// How many bytes were given up.
    package let byteCount: Int
    /// What exactly is wrong, in words that are written once in the decoder and never composed: a reject costs no
    /// allocation.
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
