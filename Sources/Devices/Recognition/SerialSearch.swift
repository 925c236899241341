import Clocks
import Events

/// Finds out what is at the other end of a serial port: listens at one speed after the other until something is
/// understood beyond doubt, or gives up. It only listens.
package struct SerialSearch: Sendable {
    package enum Step: Hashable, Sendable {
        /// Set the port to this speed and go on.
        case probe(baudRate: Int)
        case recognised(SerialMatch)
        /// In words for people.
        case giveUp(because: String)
    }

    /// When `timeIsUp` is to be called, unless a step came before.
    package private(set) var deadline: MonotonicTime
    private var sniffers: [SerialSniffer]
    private var rates: ArraySlice<Int>
    private var hasExtendedTimeout = false

    /// Long enough for four frames of the slowest mat. The fast speeds are for mats that are fast.
    static let firstTimeout = Nanoseconds.seconds(4)
    static let rateTimeout = Nanoseconds.milliseconds(1_500)
    /// For a port that says nothing at all: whoever was switched on by being plugged in may have to start first.
    static let silenceTimeout = Nanoseconds.seconds(10)

    /// Every speed at which a device that we know may speak, the most usual first.
    package static let allRates: [Int] = {
        var rates: [Int] = [115_200]
        for rate in SerialCandidate.all.flatMap(\.baudRates) where !rates.contains(rate) { rates.append(rate) }
        return rates
    }()

    /// - Parameters:
    ///   - remembered: where something was found before.
    ///   - anyRate: the port has no wire behind it, so that every speed is the same.
    package init(remembered: Int? = nil, anyRate: Bool = false, at time: MonotonicTime) {
        let first = remembered ?? Self.allRates[0]
        rates = anyRate ? [] : Self.allRates.filter { $0 != first }[...]
        sniffers = [SerialSniffer(baudRate: first)]
        deadline = time + Self.firstTimeout
    }

    /// The speed at which the port is listened to now.
    package var baudRate: Int { sniffers[sniffers.count - 1].baudRate }

    /// What can be said already, for whoever has no more time.
    package var identification: SerialIdentification { SerialIdentification(sniffers) }

    package var untriedRates: Int { rates.count }

    /// Whether the port has said anything at all.
    package var hasReceivedBytes: Bool { !sniffers.allSatisfy { $0.byteCount == 0 } }

    /// Takes what the port says. Nil: go on listening.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, at time: MonotonicTime) -> Step? {
        let last = sniffers.count - 1
        sniffers[last].feed(bytes)
        if case .recognised(let finding) = SerialIdentification([sniffers[last]]) { return .recognised(finding) }
        return sniffers[last].acceptsMoreBytes ? nil : handleTimeout(at: time)
    }

    package mutating func handleTimeout(at time: MonotonicTime) -> Step {
        if !hasReceivedBytes {
            // What says nothing at one speed says nothing at any.
            guard !hasExtendedTimeout else { return .giveUp(because: "the port says nothing") }
            hasExtendedTimeout = true
            deadline = time + Self.silenceTimeout
            return .probe(baudRate: baudRate)
        }
        if let next = rates.popFirst() {
            sniffers.append(SerialSniffer(baudRate: next))
            deadline = time + Self.rateTimeout
            return .probe(baudRate: next)
        }
        switch SerialIdentification(sniffers) {
        case .recognised(let finding): return .recognised(finding)
        case .unsure(let reason): return .giveUp(because: reason)
        }
    }
}
