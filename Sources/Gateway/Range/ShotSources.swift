import Events

/// Which event told of which shot of a timer's string.
struct ShotSources: Hashable, Sendable {
    private(set) var began: UInt64?
    private(set) var ended: UInt64?
    private var shots: [Int: UInt64] = [:]

    /// More than any timer counts.
    private static let most = 1_000

    subscript(shot: Int) -> UInt64? { shots[shot] }

    mutating func told(_ action: TimerEvent.Action, by event: UInt64) {
        switch action {
        case .started: self = ShotSources(began: event)
        case .shot(let shot): if shots.count < Self.most { shots[shot.number] = event }
        case .stopped(let last):
            ended = event
            // The shot may have been told of by this alone.
            if let last, shots[last.number] == nil { shots[last.number] = event }
        case .listed(let times):
            self = ShotSources(began: event, ended: event)
            for number in 0..<min(times.count, Self.most) { shots[number + 1] = event }
        }
    }

    init() {}

    private init(began: UInt64?, ended: UInt64? = nil) {
        self.began = began
        self.ended = ended
    }
}
