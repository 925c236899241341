import Clocks
import Events
import JSON
import Reactor
import Signals
import Web

/// The frames of one workout, as they arrive: their owner, their viewers and what is computed from them.
@ReactorActor
final class PressureSession {
    /// As the clients name it.
    let key: String
    /// As the owner has sent it.
    let id: [UInt8]
    /// Nil if the frames are not stored, because the name is not the id of a workout.
    let workout: WorkoutID?
    let room = SocketIORoom()
    /// The client that sends the frames; nil while it may come back.
    weak var owner: SocketIOSocket?
    /// The mat whose frames these are; nil if the owner sends them.
    var source: DeviceID?
    var graceTimer: TimerQueue.Token?
    private(set) var frameCount = 0
    private var smoothing = StatisticsSmoothing()
    private var thresholds = PressureThresholds()

    init(_ name: PressureSessionName) {
        key = name.key
        id = name.json
        workout = WorkoutID(name.key)
    }

    struct Result {
        let raw: PressureStatistics
        let smoothed: PressureStatistics
        /// The smoothed statistics of the frame before.
        let previous: PressureStatistics?
        let events: [PressureThresholdEvent]
        let frame: WorkoutFrame
    }

    func receive(
        _ matrix: PressureMatrix, _ raw: PressureStatistics, timestamp: [UInt8]?, nodes: [UInt8]?, at wall: WallTime
    ) -> Result {
        let previous = smoothing.latest
        let smoothed = smoothing.smooth(raw)
        let number = timestamp.flatMap { try? JSONValue(parsing: $0) }
        let events = thresholds.receive(raw, at: PressureThresholds.seconds(of: number, arrival: wall))
        var frame = WorkoutFrame(received: wall, matrix: matrix)
        (frame.timestamp, frame.nodes, frame.events) = (timestamp, nodes, events)
        frame.beginsSession = frameCount == 0
        frameCount += 1
        return Result(raw: raw, smoothed: smoothed, previous: previous, events: events, frame: frame)
    }

    /// Statistics that the owner has computed itself; nil if they contain no number.
    func receive(reported raw: ReportedStatistics) -> (smoothed: ReportedStatistics, beginsSession: Bool)? {
        guard let smoothed = smoothing.smooth(raw) else { return nil }
        defer { frameCount += 1 }
        return (smoothed, frameCount == 0)
    }
}

/// The `workout_id` of an event.
struct PressureSessionName: Equatable {
    let key: String
    let json: [UInt8]

    static let maximumBytes = 64

    /// Nil for what is no name: anything but text and numbers, and what Python takes for false.
    init?(_ token: JSONToken?, in members: JSONMembers) {
        guard let token, token.range.count <= Self.maximumBytes else { return nil }
        let text = members.string(token) ?? (token.isNumber ? String(decoding: members.raw(token), as: UTF8.self) : "")
        guard !text.isEmpty, members.double(token) != 0 else { return nil }
        key = text.lowercased()
        json = Array(members.raw(token))
    }
}
