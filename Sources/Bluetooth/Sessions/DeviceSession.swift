import Clocks
import Devices

/// The protocol logic of one kind of device, over any number of links.
///
/// A value without I/O: packets go in, packets and outputs come out, and time is a parameter. The common part is in
/// `core`; each kind of device adds how it handles values and what it writes.
package protocol DeviceSession: Sendable {
    associatedtype Output: Sendable

    var core: SessionCore { get set }

    /// Wraps a common event.
    static func output(_ event: SessionEvent) -> Output

    mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void)

    /// Performs what is due. Called after each packet and at `ownDeadline`.
    mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void)

    var ownDeadline: MonotonicTime? { get }

    /// The link is closed. The core has been reset.
    mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void)

    /// Queues a command to the device. The default is to reject it as unsupported.
    mutating func perform(_ command: DeviceCommand) throws(SessionCommandError)
}

/// A command to a device.
package enum DeviceCommand: Hashable, Sendable {
    case timer(AMGCommand)
    case sensor(BT50Setting)
}

/// Why a session rejected a command.
package enum SessionCommandError: Error, Hashable, Sendable {
    /// Not a command for this kind of device.
    case unsupported
    case notConnected
    /// The timer ignores settings while a string is running.
    case stringIsRunning
    case invalidValue(DeviceCommandError)
    case queueFull
}

extension SessionCommandError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unsupported: "the device does not support this command"
        case .notConnected: "the device is not connected"
        case .stringIsRunning: "the timer accepts settings only while it is stopped"
        case .invalidValue(let error): "\(error)"
        case .queueFull: "too many commands are queued"
        }
    }
}

/// An event common to all sessions.
package enum SessionEvent: Hashable, Sendable {
    /// The setup is complete.
    case ready(mtu: Int)
    /// The device did not accept a longer MTU, which matters only if its readings are truncated.
    case mtuRejected
    /// In percent.
    case battery(Int)
    case rejected(ATTPacketError)
    /// The device did not carry out a request.
    case failed(GATTError)
    /// The session has ended and the link must be closed.
    case ended(SessionEndReason)
}

/// Why a session ended its link.
package enum SessionEndReason: Hashable, Sendable {
    /// A required characteristic is missing: this is another kind of device.
    case missing(String)
    /// Discovery or a required subscription failed.
    case setup(GATTError)
    case setupTooSlow
    /// A response timed out, so later responses cannot be matched.
    case unanswered
    /// The device sent nothing for too long.
    case silent
}

extension DeviceSession {
    package var endReason: SessionEndReason? { core.endReason }

    package var deadline: MonotonicTime? { [core.deadline, ownDeadline].compactMap(\.self).min() }

    package mutating func linkOpened(at now: MonotonicTime) {
        core.linkOpened(at: now)
    }

    package mutating func receive(_ packet: ArraySlice<UInt8>, at now: MonotonicTime, _ emit: (Output) -> Void) {
        dispatch(core.receive(packet), at: now, emit)
        performDueActions(at: now, emit)
    }

    package mutating func advance(to now: MonotonicTime, _ emit: (Output) -> Void) {
        dispatch(core.advance(to: now), at: now, emit)
        if core.isReady { performDueActions(at: now, emit) }
    }

    package mutating func perform(_ command: DeviceCommand) throws(SessionCommandError) { throw .unsupported }

    /// The next packet to send. Call until it returns nil.
    package mutating func nextPacket(at now: MonotonicTime, _ emit: (Output) -> Void) -> [UInt8]? {
        let (packet, events) = core.nextPacket(at: now)
        dispatch(events, at: now, emit)
        return packet
    }

    package mutating func linkClosed(at now: MonotonicTime, _ emit: (Output) -> Void) {
        core.reset()
        linkDidClose(at: now, emit)
    }

    /// Ends the session on this link.
    mutating func terminate(_ reason: SessionEndReason, _ emit: (Output) -> Void) {
        for case .sessionEvent(let event) in core.terminate(reason) { emit(Self.output(event)) }
    }

    private mutating func dispatch(
        _ events: [SessionCore.Event], at now: MonotonicTime, _ emit: (Output) -> Void
    ) {
        for event in events {
            if case .sessionEvent(let common) = event { emit(Self.output(common)) }
            handle(event, at: now, emit)
        }
    }
}

/// The characteristics that a session requires or uses.
package struct SetupPlan: Sendable {
    /// The MTU to request before discovery; nil for none.
    let mtu: UInt16?
    /// The service with the required characteristics.
    let service: BluetoothUUID
    /// Without these the session ends. Those that can notify are subscribed to.
    let required: [BluetoothUUID]
    /// Used if present, in any service. A failed subscription is ignored.
    var optional: [BluetoothUUID] = []

    static let batteryLevel = BluetoothUUID(short: 0x2A19)
}
