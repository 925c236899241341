import Clocks

/// A five-byte command. The sensor answers a read with a register frame and does not answer writes.
package enum BT50Command: Hashable, Sendable {
    /// Reads this register and the seven after it.
    case read(BT50Register)
    /// Enables writes for ten seconds.
    case unlock
    case write(BT50Register, UInt16)
    /// Makes written values persistent.
    case save

    package var bytes: [UInt8] {
        switch self {
        case .read(let register): [0xFF, 0xAA, 0x27, register.rawValue, 0x00]
        case .unlock: Self.write(.unlock, 0xB588).bytes
        case .write(let register, let value):
            [0xFF, 0xAA, register.rawValue, UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        case .save: Self.write(.save, 0).bytes
        }
    }
}

/// A sensor setting. It takes several commands with `spacing` between them and survives a power cycle.
package enum BT50Setting: Hashable, Sendable {
    case rate(BT50Rate)
    /// Momentary values with chip timestamps instead of amplitudes.
    case nowData(Bool)
    /// In 0.01 Hz, up to 200 Hz.
    case cutOffFrequency(Int)
    /// In hertz; the manual recommends 100.
    case detectionCycle(Int)

    package static let spacing = Nanoseconds.milliseconds(100)

    package func commands() throws(DeviceCommandError) -> [BT50Command] {
        [.unlock] + (try writes()) + [.save]
    }

    private func writes() throws(DeviceCommandError) -> [BT50Command] {
        switch self {
        case .rate(let rate): return [.write(.returnRate, UInt16(rate.rawValue))]
        case .nowData(let isOn): return [.write(.mode, isOn ? 1 : 0)]
        case .cutOffFrequency(let value):
            let hundredths = try DeviceCommandError.check(value, as: "cut-off frequency", in: 0...20_000)
            return [
                .write(.cutOffFrequency, UInt16(hundredths / 100)), .write(.cutOffFraction, UInt16(hundredths % 100)),
            ]
        case .detectionCycle(let value):
            return [
                .write(.detectionCycle, UInt16(try DeviceCommandError.check(value, as: "detection cycle", in: 1...100)))
            ]
        }
    }
}

/// Schedules requests to a BT50: one at a time and with pauses. Of two reads sent back to back the sensor answers only
/// the first, and each read may cost a few samples.
///
/// A value without I/O: the owner of the link calls `next` to learn what to do and passes register readings to
/// `receive`.
package struct BT50RequestQueue: Sendable {
    package enum Decision: Hashable, Sendable {
        case write([UInt8])
        case wait(until: MonotonicTime)
        /// Repeatedly unanswered; not retried.
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
    /// No command is sent before this time.
    private var earliest: MonotonicTime?

    /// A read every 20 ms loses 3 of 100 answers, one every 10 ms 175 of 200; this interval is safely longer.
    package static let readSpacing = Nanoseconds.milliseconds(50)
    /// An answer takes as long as one notification: 40 ms at 100 Hz, longer at low sample rates.
    package static let responseTimeout = Nanoseconds.milliseconds(500)
    package static let maximumAttempts = 4
    package static let capacity = 64

    package init() {}

    package var isIdle: Bool { jobs.isEmpty && awaited == nil }

    /// Returns false when the queue is full. A register that is already queued is not queued again.
    package mutating func read(_ register: BT50Register) -> Bool {
        if jobs.contains(.read(register)) || awaited?.register == register { return true }
        guard jobs.count < Self.capacity else { return false }
        jobs.append(.read(register))
        return true
    }

    /// Queues the read behind everything else, so that it returns the value after pending writes.
    package mutating func readAfterwards(_ register: BT50Register) -> Bool {
        jobs.removeAll { $0 == .read(register) }
        guard jobs.count < Self.capacity else { return false }
        jobs.append(.read(register))
        return true
    }

    /// Returns false when the queue is full; nothing is queued then.
    package mutating func set(_ setting: BT50Setting) throws(DeviceCommandError) -> Bool {
        let commands = try setting.commands()
        guard jobs.count + commands.count <= Self.capacity else { return false }
        jobs += commands.map { .send($0) }
        return true
    }

    /// The next action. Call it after a write, after an answer, and when a wait ends.
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

    /// Returns true if this register was awaited.
    package mutating func receive(_ registers: BT50Registers) -> Bool {
        guard let awaited, registers.first == awaited.register.rawValue else { return false }
        self.awaited = nil
        attempts = 0
        return true
    }

    /// Discards everything after the link was lost.
    package mutating func reset() {
        self = Self()
    }
}
