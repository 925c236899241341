import Events

/// Which event told of which shot of a timer's string.
struct ShotEventIDs: Hashable, Sendable {
    private(set) var began: UInt64?
    private(set) var ended: UInt64?
    private var shots: [Int: UInt64] = [:]

    /// More than any timer counts.
    private static let maximumShots = 1_000

    subscript(shot: Int) -> UInt64? { shots[shot] }

    mutating func record(_ action: TimerEvent.Action, event: UInt64) {
        switch action {
        case .started: self = ShotEventIDs(began: event)
        case .shot(let shot): if shots.count < Self.maximumShots { shots[shot.number] = event }
        case .stopped(let last):
            ended = event
            // The shot may have been told of by this alone.
            if let last, shots[last.number] == nil { shots[last.number] = event }
        case .listed(let times):
            self = ShotEventIDs(began: event, ended: event)
            for number in 0..<min(times.count, Self.maximumShots) { shots[number + 1] = event }
        }
    }

    init() {}

    private init(began: UInt64?, ended: UInt64? = nil) {
        self.began = began
        self.ended = ended
    }
}
