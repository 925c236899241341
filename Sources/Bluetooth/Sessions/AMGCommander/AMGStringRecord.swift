import Clocks
import Events

/// What is known of the current string: which shots have been heard of, and which must have been missed.
struct AMGStringRecord: Sendable {
    /// What a list of all shots adds to what was known.
    enum Comparison: Hashable {
        case nothingNew
        case missed([Shot])
        /// It is not the string that we know: a whole one was missed.
        case anotherString
    }

    static let maximumShots = 255

    /// The timer's own count; nil when it has not said.
    private(set) var number: Int?
    private(set) var isRunning = false
    /// By place; nil for those of which only later ones have been heard.
    private var times: [Nanoseconds?] = []
    private var hasBegun = false

    var count: Int { times.count }
    /// Whether anything is known of any string, so that there is something to be compared.
    var hasData: Bool { hasBegun }
    var isComplete: Bool { times.allSatisfy { $0 != nil } }

    mutating func begin(number: Int?) {
        self = Self()
        (self.number, isRunning, hasBegun) = (number, true, true)
    }

    /// The timer counts `total` shots, whether we have heard of them or not.
    mutating func end(total: Int) {
        isRunning = false
        grow(to: total)
    }

    /// True when it was not known.
    mutating func addShot(_ shot: Int, at time: Nanoseconds) -> Bool {
        guard 1...Self.maximumShots ~= shot else { return false }
        grow(to: shot)
        guard times[shot - 1] == nil else { return false }
        times[shot - 1] = time
        return true
    }

    /// Whether a screen that shows this first shot, and so many in all, may show this string at a later moment.
    func canContinue(total: Int, first: Nanoseconds) -> Bool {
        guard total >= count else { return false }
        return times.first.flatMap(\.self).map { $0 == first } ?? true
    }

    /// Whether it is exactly this string, with nothing more.
    func matches(total: Int, last: Nanoseconds) -> Bool {
        total == count && (times.last.flatMap(\.self).map { $0 == last } ?? true)
    }

    mutating func compare(_ list: [Nanoseconds]) -> Comparison {
        // An empty list is what the timer has to say when it was switched off meanwhile.
        guard !list.isEmpty else { return .nothingNew }
        let list = list.prefix(Self.maximumShots)
        guard hasBegun, zip(times, list).allSatisfy({ $0 == nil || $0 == $1 }) else {
            self = Self()
            (times, hasBegun) = (list.map { $0 }, true)
            return .anotherString
        }
        var missed: [Shot] = []
        for (place, time) in list.enumerated() where addShot(place + 1, at: time) {
            let split = place > 0 ? time - list[place - 1] : time
            missed.append(Shot(number: place + 1, time: time, split: split, first: list[0]))
        }
        return missed.isEmpty ? .nothingNew : .missed(missed)
    }

    private mutating func grow(to count: Int) {
        while times.count < min(count, Self.maximumShots) { times.append(nil) }
    }
}
