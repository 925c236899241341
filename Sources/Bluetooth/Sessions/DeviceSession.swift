import Clocks

/// What is said with one kind of device over a link: from the first packet to the last, and over many links.
///
/// A value without any I/O: packets in, packets and readings out, time as a parameter. What all sessions have in common
/// lives in their `core`; a kind of device adds what to do with what comes, and what to say when.
package protocol DeviceSession: Sendable {
    associatedtype Output: Sendable

    var core: SessionCore { get set }

    /// A notice in the words of this session.
    static func output(_ notice: SessionEvent) -> Output

    mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void)

    /// Does what is due: asked after every packet, and at `ownDeadline`.
    mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void)

    var ownDeadline: MonotonicTime? { get }

    /// The link is gone; the core has been renewed.
    mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void)
}

/// What any session may have to tell.
package enum SessionEvent: Hashable, Sendable {
    /// It is set up, and readings flow.
    case ready(mtu: Int)
    /// The device does not let packets grow. Whether that hurts is told by its readings.
    case mtuRejected
    /// In percent.
    case battery(Int)
    /// A packet that was not taken.
    case rejected(ATTPacketError)
    /// Something that the device was asked for and did not do.
    case failed(GATTError)
    /// The link is of no use, and must be closed.
    case ended(SessionEndReason)
}

/// Why a session gives its link up.
package enum SessionEndReason: Hashable, Sendable {
    /// The device does not have what such a device has: maybe it only looks like one.
    case missing(String)
    /// It could not be found out what the device offers, or notifications could not be had.
    case setup(GATTError)
    case setupTooSlow
    /// An answer is overdue, so that no other can be trusted.
    case unanswered
    /// Nothing has been heard for too long from a device that should talk all the time.
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

    /// What to send now; ask until there is nothing.
    package mutating func nextPacket(at now: MonotonicTime, _ emit: (Output) -> Void) -> [UInt8]? {
        let (packet, events) = core.nextPacket(at: now)
        dispatch(events, at: now, emit)
        return packet
    }

    package mutating func linkClosed(at now: MonotonicTime, _ emit: (Output) -> Void) {
        core.reset()
        linkDidClose(at: now, emit)
    }

    private mutating func dispatch(
        _ events: [SessionCore.Event], at now: MonotonicTime, _ emit: (Output) -> Void
    ) {
        for event in events {
            if case .sessionEvent(let notice) = event { emit(Self.output(notice)) }
            handle(event, at: now, emit)
        }
    }
}
