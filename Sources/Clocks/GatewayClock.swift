/// Where the gateway's time comes from.
package enum ClockSource: String, CaseIterable, Sendable {
    /// The clock shows a time that cannot be right.
    case unset
    /// Unknown: the machine has no clock that runs without power, and no time server was reached.
    case unconfirmed
    /// The device on which the console was open, confirmed by its user.
    case phone
    /// The machine's own clock, which runs without power or was set by hand.
    case machine
    /// A time server or another source that the system follows.
    case synchronised

    /// Whether the time may still turn out to be wrong by any amount.
    package var isProvisional: Bool {
        switch self {
        case .unset, .unconfirmed, .phone: true
        case .machine, .synchronised: false
        }
    }
}

/// The clock by which the gateway dates events. A Raspberry Pi has no clock that runs without power: until a time server is
/// reached, its time is that of the last shutdown, or of the image on its card.
///
/// The machine's clock is never set. A time from a person's device is kept as an offset until the machine's clock is
/// synchronised or set. All spans are measured since the machine's boot, so that a step of its clock is detected.
package struct GatewayClock: Hashable, Sendable {
    /// The machine's clocks at one moment.
    package struct Reading: Hashable, Sendable {
        package var machine: WallTime
        /// Since the boot, with the time in which the machine slept.
        package var sinceBoot: Nanoseconds
        package var isSynchronised: Bool
        /// Whether the machine has a clock that runs without power and shows a time that can be right.
        package var hasBatteryClock: Bool

        package init(
            machine: WallTime, sinceBoot: Nanoseconds, isSynchronised: Bool, hasBatteryClock: Bool = false
        ) {
            self.machine = machine
            self.sinceBoot = sinceBoot
            self.isSynchronised = isSynchronised
            self.hasBatteryClock = hasBatteryClock
        }

        /// The moment of the boot by the machine's clock.
        var boot: WallTime { machine - sinceBoot }
    }

    /// The time was set: all times since the boot move by `shift`.
    package struct Change: Hashable, Sendable {
        package let shift: Nanoseconds
        package let before: ClockSource
        package let now: ClockSource
    }

    package enum Reject: Error, Hashable, Sendable {
        /// The time comes from a better source already.
        case isSet(ClockSource)
        /// Before this version was built, or decades later.
        case implausible
    }

    /// What a later process of the same boot continues with.
    package struct Record: Hashable, Sendable {
        package var boot: WallTime
        package var sinceBoot: Nanoseconds
        package var offset: Nanoseconds
        package var source: ClockSource

        package init(boot: WallTime, sinceBoot: Nanoseconds, offset: Nanoseconds, source: ClockSource) {
            self.boot = boot
            self.sinceBoot = sinceBoot
            self.offset = offset
            self.source = source
        }

        /// Whether it is of the same boot. Without a clock that runs without power, two boots may begin at the same time; then
        /// the later one is younger than the record.
        package func isOfBoot(_ reading: Reading) -> Bool {
            (reading.boot - boot).magnitude <= GatewayClock.largestDrift && reading.sinceBoot >= sinceBoot
        }
    }

    package private(set) var source: ClockSource
    /// To be added to the machine's clock.
    package private(set) var offset = Nanoseconds.zero
    /// The moment of the boot by the machine's clock, as last observed.
    private var boot: WallTime
    /// No time before this can be right.
    private let earliest: WallTime

    /// What the machine's clock may drift, or be adjusted by, between two observations.
    private static let largestDrift = Nanoseconds.seconds(2)
    /// A larger change of a clock that nothing confirms means that somebody has set it.
    private static let smallestStep = Nanoseconds.seconds(60)
    /// The longest that a version is in use.
    private static let longestUse = Nanoseconds.seconds(50 * 365 * 86_400)

    /// - Parameters:
    ///   - built: when this version was built.
    ///   - lastStored: the time of the latest event that is stored.
    package init(_ reading: Reading, built: WallTime, lastStored: WallTime?, record: Record? = nil) {
        earliest = built
        boot = reading.boot
        if reading.isSynchronised {
            source = .synchronised
        } else if let record, record.isOfBoot(reading), record.source.isProvisional {
            (source, offset) = (record.source, record.offset)
        } else if reading.machine < max(built, lastStored ?? built) {
            source = .unset
        } else {
            source = reading.hasBatteryClock ? .machine : .unconfirmed
        }
    }

    /// The moment of the boot by the present estimate: what was dated while the source was provisional refers to an earlier
    /// estimate.
    package var estimatedBoot: WallTime { boot + offset }

    package func record(at reading: Reading) -> Record {
        Record(boot: boot, sinceBoot: reading.sinceBoot, offset: offset, source: source)
    }

    /// Compares the machine's clock with the last reading; returns what has changed.
    package mutating func observe(_ reading: Reading) -> Change? {
        let step = reading.boot - boot
        guard source.isProvisional else {
            if reading.isSynchronised { source = .synchronised }
            boot = reading.boot
            return nil
        }
        let wasSet = step.magnitude > Self.smallestStep && reading.machine >= earliest
        guard reading.isSynchronised || wasSet else {
            boot = reading.boot
            return nil
        }
        let before = estimatedBoot
        boot = reading.boot
        offset = .zero
        return change(to: reading.isSynchronised ? .synchronised : .machine, from: before)
    }

    /// Takes the time from a person's device.
    package mutating func set(_ time: WallTime, at reading: Reading) throws(Reject) -> Change {
        guard source.isProvisional else { throw .isSet(source) }
        guard time >= earliest, time <= earliest + Self.longestUse else { throw .implausible }
        let before = estimatedBoot
        boot = reading.boot
        offset = time - reading.machine
        return change(to: .phone, from: before)
    }

    private mutating func change(to new: ClockSource, from before: WallTime) -> Change {
        defer { source = new }
        return Change(shift: estimatedBoot - before, before: source, now: new)
    }
}
