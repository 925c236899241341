import Clocks

/// Turns strings of fire into the sequence of beeps, shots and stops of a virtual timer. Timers differ only in how they
/// encode these events.
struct StringPlayer: Sendable {
    enum Event: Hashable {
        case beep
        /// The time since the beep.
        case shot(Nanoseconds)
        case stop
    }

    /// The most recent beeps, with their strings and times.
    private(set) var beeps: [(string: RangeString, time: Nanoseconds)] = []
    /// The number of all beeps.
    private(set) var beepCount = 0

    private var scheduled: [RangeString]
    private var awaitingCommand: [RangeString]
    private var current: RangeString?
    private var beepTime = Nanoseconds.zero
    private var shotsPlayed = 0
    /// The time of the beep after a start command.
    private var delayedUntil: Nanoseconds?

    private let maximumDuration: Nanoseconds
    private static let maximumBeeps = 8_192

    init(_ script: RangeScript, maximumDuration: Nanoseconds) {
        scheduled = script.strings.filter { $0.beep != nil }.sorted { ($0.beep ?? .zero) < ($1.beep ?? .zero) }
        awaitingCommand = script.strings.filter { $0.beep == nil }
        self.maximumDuration = maximumDuration
    }

    var isRunning: Bool { current != nil || delayedUntil != nil }

    var hasStringForCommand: Bool { !awaitingCommand.isEmpty }

    mutating func add(_ string: RangeString) {
        guard let beep = string.beep else { return awaitingCommand.append(string) }
        scheduled.insert(string, at: scheduled.firstIndex { ($0.beep ?? .zero) > beep } ?? scheduled.count)
    }

    /// The time of the next event.
    var nextTime: Nanoseconds? {
        [nextOfCurrent?.time, delayedUntil, scheduled.first?.beep].compactMap(\.self).min()
    }

    /// Starts a string after a delay; an empty one if the script has none left.
    mutating func start(at time: Nanoseconds, after delay: Nanoseconds) {
        guard !isRunning else { return }
        delayedUntil = time + delay
    }

    /// Returns whether a string was running.
    mutating func stop() -> Bool {
        delayedUntil = nil
        defer { current = nil }
        return current != nil
    }

    /// The next event, if it is due.
    mutating func next(until time: Nanoseconds) -> (time: Nanoseconds, event: Event)? {
        guard let next = nextTime, next <= time else { return nil }
        if let until = delayedUntil, until == next {
            delayedUntil = nil
            return begin(awaitingCommand.isEmpty ? RangeString() : awaitingCommand.removeFirst(), at: until)
        }
        if let played = nextOfCurrent, played.time == next {
            if case .shot = played.event { shotsPlayed += 1 } else { current = nil }
            return played
        }
        let string = scheduled.removeFirst()
        return begin(string, at: next)
    }

    private mutating func begin(_ string: RangeString, at time: Nanoseconds) -> (Nanoseconds, Event) {
        current = string
        beepTime = time
        shotsPlayed = 0
        if beeps.count == Self.maximumBeeps { beeps.removeFirst(Self.maximumBeeps / 2) }
        beeps.append((string, time))
        beepCount += 1
        return (time, .beep)
    }

    private var nextOfCurrent: (time: Nanoseconds, event: Event)? {
        guard let current else { return nil }
        let stop = min(current.stop ?? maximumDuration, maximumDuration)
        if shotsPlayed < current.shots.count, current.shots[shotsPlayed] <= stop {
            let time = current.shots[shotsPlayed]
            return (beepTime + time, .shot(time))
        }
        return (beepTime + stop, .stop)
    }
}
