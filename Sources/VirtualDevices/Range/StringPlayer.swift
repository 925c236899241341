import Clocks

/// Plays strings of fire to a virtual timer: the beep, the shots, the end, one after the other. Every timer has one, so
/// that they differ only in what they say about it.
struct StringPlayer: Sendable {
    enum Event: Hashable {
        case beep
        /// The time since the beep.
        case shot(Nanoseconds)
        case stop
    }

    /// Beeps that have sounded, the latest of them: which string of the script, and when.
    private(set) var beeps: [(string: RangeString, time: Nanoseconds)] = []
    /// How many have sounded in all.
    private(set) var beepCount = 0

    private var scheduled: [RangeString]
    private var awaitingCommand: [RangeString]
    private var current: RangeString?
    private var beepTime = Nanoseconds.zero
    private var shotsPlayed = 0
    /// A start by command, whose delay is not over.
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

    /// The time of the next happening.
    var nextTime: Nanoseconds? {
        [nextOfCurrent?.time, delayedUntil, scheduled.first?.beep].compactMap(\.self).min()
    }

    /// Begins a string after a delay; one without shots when the script has none left.
    mutating func start(at time: Nanoseconds, after delay: Nanoseconds) {
        guard !isRunning else { return }
        delayedUntil = time + delay
    }

    /// True if there was something to stop.
    mutating func stop() -> Bool {
        delayedUntil = nil
        defer { current = nil }
        return current != nil
    }

    /// The next happening, if its time has come.
    mutating func next(until time: Nanoseconds) -> (time: Nanoseconds, happening: Event)? {
        guard let next = nextTime, next <= time else { return nil }
        if let until = delayedUntil, until == next {
            delayedUntil = nil
            return begin(awaitingCommand.isEmpty ? RangeString() : awaitingCommand.removeFirst(), at: until)
        }
        if let event = nextOfCurrent, event.time == next {
            if case .shot = event.happening { shotsPlayed += 1 } else { current = nil }
            return event
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

    private var nextOfCurrent: (time: Nanoseconds, happening: Event)? {
        guard let current else { return nil }
        let stop = min(current.stop ?? maximumDuration, maximumDuration)
        if shotsPlayed < current.shots.count, current.shots[shotsPlayed] <= stop {
            let time = current.shots[shotsPlayed]
            return (beepTime + time, .shot(time))
        }
        return (beepTime + stop, .stop)
    }
}
