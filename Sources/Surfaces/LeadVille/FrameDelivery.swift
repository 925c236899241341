import Clocks
import JSON

/// How a client receives frames of mats.
struct FrameDelivery: Hashable, Sendable {
    var isBinary = false
    /// The shortest time between two frames of a mat; nil for all frames.
    var interval: Nanoseconds?

    static let rates = 0.1...1_000.0

    /// What a subscription changes: `{"encoding": "binary", "rate": 10}`.
    struct Change: Hashable, Sendable {
        private var isBinary: Bool?
        /// Nil in the outer optional leaves the interval unchanged.
        private var interval: Nanoseconds??

        init() {}

        /// - Parameter object: the subscription.
        init(_ object: JSONObject) throws(Invalid) {
            switch object["encoding"] {
            case nil, .null?: break
            case .string("binary")?: isBinary = true
            case .string("json")?: isBinary = false
            default: throw .encoding
            }
            switch object["rate"] {
            case nil: break
            case .null?: interval = .some(nil)
            case let value?:
                guard let rate = value.doubleValue, rates.contains(rate) else { throw .rate }
                interval = .some(Nanoseconds(Int64((1e9 / rate).rounded())))
            }
        }

        var isEmpty: Bool { self == Self() }

        func apply(to delivery: inout FrameDelivery) {
            if let isBinary { delivery.isBinary = isBinary }
            if let interval { delivery.interval = interval }
        }
    }

    enum Invalid: Error {
        case encoding, rate

        var message: String {
            switch self {
            case .encoding: "encoding must be json or binary"
            case .rate: "rate must be a number of frames in a second, from 0.1 to 1000, or null for all frames"
            }
        }
    }
}
