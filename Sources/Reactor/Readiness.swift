import CLinux

/// What a descriptor can do, or what somebody waits for it to be able to do.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Self(rawValue: EPOLLIN.rawValue)
    package static let writable = Self(rawValue: EPOLLOUT.rawValue)
    /// The other side is gone, wholly (HUP) or with an error that the next call on the descriptor reports.
    package static let gone = Self(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    /// The other side has finished writing; it may still read.
    package static let peerFinished = Self(rawValue: EPOLLRDHUP.rawValue)
}

/// Whoever owns a descriptor and wants to hear of it.
@ReactorActor
package protocol DescriptorHandler: AnyObject {
    func descriptorIsReady(_ readiness: Readiness)
}

/// Whoever collects work during a turn of the loop and does it in one go at its end.
@ReactorActor
package protocol IterationEndHandler: AnyObject {
    func iterationEnded()
}
