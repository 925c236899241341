import Clocks
import Events

/// Identifies the device at a serial port: receives at one baud rate after the other until a device is recognised or
/// all were tried. It never writes to the port.
package struct SerialSearch: Sendable {
    package enum Step: Hashable, Sendable {
        /// Set the port to this baud rate and continue.
        case probe(baudRate: Int)
        case recognised(SerialMatch)
        /// A sentence for display.
        case giveUp(because: String)
    }

    /// Call `handleTimeout` at this time unless a step was returned before.
    package private(set) var deadline: MonotonicTime
    private var sniffers: [SerialSniffer]
    private var rates: ArraySlice<Int>
    private var hasExtendedTimeout = false

    /// Long enough for four frames of the slowest mat. High baud rates belong to fast mats.
    static let firstTimeout = Nanoseconds.seconds(4)
    static let rateTimeout = Nanoseconds.milliseconds(1_500)
    /// For a silent port: a device that was just plugged in may still be booting.
    static let silenceTimeout = Nanoseconds.seconds(10)

    /// The baud rates of all supported devices, most common first.
    package static let allRates: [Int] = {
        var rates: [Int] = [115_200]
        for rate in DeviceDrivers.serialCandidates.flatMap(\.baudRates) where !rates.contains(rate) {
            rates.append(rate)
        }
        return rates
    }()

    /// - Parameters:
    ///   - remembered: the baud rate at which a device was found before.
    ///   - anyRate: the port ignores the baud rate, as native USB does.
    package init(remembered: Int? = nil, anyRate: Bool = false, at time: MonotonicTime) {
        let first = remembered ?? Self.allRates[0]
        rates = anyRate ? [] : Self.allRates.filter { $0 != first }[...]
        sniffers = [SerialSniffer(baudRate: first)]
        deadline = time + Self.firstTimeout
    }

    /// The current baud rate.
    package var baudRate: Int { sniffers[sniffers.count - 1].baudRate }

    /// The result so far.
    package var identification: SerialIdentification { SerialIdentification(sniffers) }

    package var untriedRates: Int { rates.count }

    /// Whether any bytes were received.
    package var hasReceivedBytes: Bool { !sniffers.allSatisfy { $0.byteCount == 0 } }

    /// Returns nil to continue at the same baud rate.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, at time: MonotonicTime) -> Step? {
        let last = sniffers.count - 1
        sniffers[last].feed(bytes)
        if case .recognised(let match) = SerialIdentification([sniffers[last]]) { return .recognised(match) }
        return sniffers[last].acceptsMoreBytes ? nil : handleTimeout(at: time)
    }

    package mutating func handleTimeout(at time: MonotonicTime) -> Step {
        if !hasReceivedBytes {
            // A port that is silent at one baud rate is silent at all.
            guard !hasExtendedTimeout else { return .giveUp(because: "no data received") }
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
        case .recognised(let match): return .recognised(match)
        case .unsure(let reason): return .giveUp(because: reason)
        }
    }
}
