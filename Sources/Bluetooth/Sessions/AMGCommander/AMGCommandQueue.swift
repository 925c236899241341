import Clocks
import Devices

/// Commands on their way to the timer, which hears one only some while after the last.
struct AMGCommandQueue: Sendable {
    static let capacity = 16

    private var waiting: [[UInt8]] = []
    /// Nothing is sent before this.
    private var earliest: MonotonicTime?

    var isEmpty: Bool { waiting.isEmpty }

    var deadline: MonotonicTime? { waiting.isEmpty ? nil : earliest }

    mutating func add(_ command: AMGCommand) throws(AMGCommandRefusal) {
        let bytes: [UInt8]
        do throws(CommandRefusal) { bytes = try command.bytes() } catch { throw .value(error) }
        // A question that is waiting already will be answered once.
        if waiting.contains(bytes), !command.needsStoppedTimer { return }
        guard waiting.count < Self.capacity else { throw .tooMany }
        waiting.append(bytes)
    }

    mutating func next(at now: MonotonicTime) -> [UInt8]? {
        guard !waiting.isEmpty, earliest.map({ now >= $0 }) ?? true else { return nil }
        earliest = now + AMGCommand.spacing
        return waiting.removeFirst()
    }

    /// The link is gone: what was meant for that moment is not meant for a later one.
    mutating func clear() {
        self = Self()
    }
}

/// Why a command was not passed on to the timer.
package enum AMGCommandRefusal: Error, Hashable, Sendable {
    case value(CommandRefusal)
    /// It ignores settings while a string runs.
    case stringRuns
    case notConnected
    case tooMany
}

extension AMGCommandRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .value(let refusal): "\(refusal)"
        case .stringRuns: "the timer takes settings only while it is stopped"
        case .notConnected: "the timer is not connected"
        case .tooMany: "too many commands are waiting already"
        }
    }
}
