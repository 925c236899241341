import Clocks

/// What can go wrong with a mat, and is worth having go wrong on purpose.
package enum VirtualMatFault: Hashable, Sendable {
    /// So many bytes are lost somewhere in the frame, as when nobody reads the port in time.
    case droppedBytes(Int)
    /// So many bytes that nobody sent stand before the frame.
    case noise(Int)
    /// The frame breaks off in the middle.
    case halfFrame
    /// The mat starts again: it says what it says then, and counts from 0.
    case reset
    /// The first cells say just what a header or trailer says.
    case falseHeaders
    /// A cell does not feel anything any more.
    case deadCell(row: Int, column: Int)
    /// A cell says all the time that it is pressed with all there is.
    case stuckCell(row: Int, column: Int)
}

/// A fault at a set time. What concerns single frames befalls all whose time is in the span.
package struct ScheduledMatFault: Hashable, Sendable {
    package let fault: VirtualMatFault
    package let start: Nanoseconds
    package let duration: Nanoseconds

    package init(_ fault: VirtualMatFault, at start: Nanoseconds, for duration: Nanoseconds) {
        self.fault = fault
        self.start = start
        self.duration = duration
    }

    func isActive(at time: Nanoseconds) -> Bool {
        time >= start && time < start + duration
    }
}
