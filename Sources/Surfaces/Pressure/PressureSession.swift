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
    var series = FrameSeries()

    init(_ name: PressureSessionName) {
        key = name.key
        id = name.json
        workout = WorkoutID(name.key)
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
