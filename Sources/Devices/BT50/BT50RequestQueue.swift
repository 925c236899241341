import Clocks

/// Says when to ask a BT50 for what: one thing at a time, and never fast. Of two reads that are sent back to back the
/// sensor answers the first, and every read may cost it a few samples.
///
/// A value: whoever owns the link asks `next` what to do now, and tells what has come.
package struct BT50RequestQueue: Sendable {
    package enum Decision: Hashable, Sendable {
        case write([UInt8])
        case wait(until: MonotonicTime)
        /// Asked several times and never answered. It is not asked again.
        case gaveUp(BT50Register)
        case idle
    }

    private enum Job: Hashable {
        case read(BT50Register)
        case send(BT50Command)
    }

    private struct Awaited {
        let register: BT50Register
        let deadline: MonotonicTime
        let attempts: Int
    }

    private var jobs: [Job] = []
    private var awaited: Awaited?
    private var attempts = 0
    /// Nothing is sent before this.
    private var earliest: MonotonicTime?

    /// A read every 20 ms loses 3 of 100, one every 10 ms loses 175 of 200; this is far from both.
    package static let readSpacing = Nanoseconds.milliseconds(50)
    /// An answer takes one notification's time: 40 ms at 100 Hz, more when the sensor is set to be slow.
    package static let responseTimeout = Nanoseconds.milliseconds(500)
    package static let maximumAttempts = 4
    package static let capacity = 64

    package init() {}

    package var isIdle: Bool { jobs.isEmpty && awaited == nil }

    /// False when too much is waiting already. What waits to be read is not queued a second time.
    package mutating func read(_ register: BT50Register) -> Bool {
        if jobs.contains(.read(register)) || awaited?.register == register { return true }
        guard jobs.count < Self.capacity else { return false }
        jobs.append(.read(register))
        return true
    }

    /// The same behind all that waits: what is to be read before it is changed would tell the old value.
    package mutating func readAfterwards(_ register: BT50Register) -> Bool {
        jobs.removeAll { $0 == .read(register) }
        guard jobs.count < Self.capacity else { return false }
        jobs.append(.read(register))
        return true
    }

    /// False when too much is waiting already; then nothing of it is sent.
    package mutating func set(_ setting: BT50Setting) throws(DeviceCommandError) -> Bool {
        let commands = try setting.commands()
        guard jobs.count + commands.count <= Self.capacity else { return false }
        jobs += commands.map { .send($0) }
        return true
    }

    /// What to do now. Ask again after a write, after an answer, and when a wait is over.
    package mutating func next(at now: MonotonicTime) -> Decision {
        if let awaited {
            guard now >= awaited.deadline else { return .wait(until: awaited.deadline) }
            self.awaited = nil
            guard awaited.attempts < Self.maximumAttempts else {
                attempts = 0
                return .gaveUp(awaited.register)
            }
            attempts = awaited.attempts
            jobs.insert(.read(awaited.register), at: 0)
        }
        guard let job = jobs.first else { return .idle }
        if let earliest, now < earliest { return .wait(until: earliest) }
        jobs.removeFirst()
        switch job {
        case .read(let register):
            earliest = now + Self.readSpacing
            awaited = Awaited(register: register, deadline: now + Self.responseTimeout, attempts: attempts + 1)
            return .write(BT50Command.read(register).bytes)
        case .send(let command):
            earliest = now + BT50Setting.spacing
            return .write(command.bytes)
        }
    }

    /// Registers have come. True when they were waited for.
    package mutating func receive(_ registers: BT50Registers) -> Bool {
        guard let awaited, registers.first == awaited.register.rawValue else { return false }
        self.awaited = nil
        attempts = 0
        return true
    }

    /// The link is gone, and with it all that waits.
    package mutating func reset() {
        self = Self()
    }
}
