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

    mutating func add(_ command: AMGCommand) throws(AMGCommandError) {
        let bytes: [UInt8]
        do throws(DeviceCommandError) { bytes = try command.bytes() } catch { throw .invalidValue(error) }
        // A question that is waiting already will be answered once.
        if waiting.contains(bytes), !command.needsStoppedTimer { return }
        guard waiting.count < Self.capacity else { throw .queueFull }
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
package enum AMGCommandError: Error, Hashable, Sendable {
    case invalidValue(DeviceCommandError)
    /// It ignores settings while a string runs.
    case stringIsRunning
    case notConnected
    case queueFull
}

extension AMGCommandError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidValue(let refusal): "\(refusal)"
        case .stringIsRunning: "the timer takes settings only while it is stopped"
        case .notConnected: "the timer is not connected"
        case .queueFull: "too many commands are waiting already"
        }
    }
}
