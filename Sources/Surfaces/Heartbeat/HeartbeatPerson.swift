import Clocks
import Configuration
import Events
import JSON
import Metrics
import Reactor
import Signals
import Web

typealias HeartbeatSource = Configuration.Heartbeat.Source

/// One person of the heartbeat API: a simulated heart, or a sensor behind the same interface. Its WebSocket clients
/// receive a record every half second while it runs.
@ReactorActor
final class HeartbeatPerson: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    let name: String
    var model: HeartbeatModel
    var faults: HeartbeatFaults
    private(set) var source: HeartbeatSource
    /// The last record; it stays after the stop.
    private(set) var latest: HeartbeatRecord?
    /// The records of the latest two minutes in which it ran.
    private(set) var history = HeartbeatHistory()
    private(set) var isRunning = false
    /// Chosen by a client; each start then repeats the same run.
    private var seed: UInt64?
    private var sensor = HeartbeatSensor()
    /// The user that an automatic source follows.
    private var followed: HeartUser?
    private let timers: TimerQueue
    private var timer: TimerQueue.Token?
    private let group: BroadcastGroup
    private var writer = JSONWriter()

    init(
        _ name: String, source: HeartbeatSource, settings: WebSocketSettings, deflater: Deflater?,
        latency: Histogram?, timers: TimerQueue
    ) {
        self.name = name
        self.source = source
        self.settings = settings
        self.deflater = deflater
        self.timers = timers
        group = BroadcastGroup(deflater: deflater, latency: latency)
        model = HeartbeatModel(seed: .random(in: 0 ... .max))
        faults = HeartbeatFaults()
        if source != .simulation { start() }
    }

    var clientCount: Int { group.count }
    fileprivate var isInUse: Bool { isRunning || clientCount > 0 }
    var stateName: String { isRunning ? "running" : "stopped" }

    /// Returns false if it runs already.
    @discardableResult
    func start() -> Bool {
        guard !isRunning else { return false }
        isRunning = true
        restart(with: seed ?? .random(in: 0 ... .max))
        step(due: timers.now)
        return true
    }

    @discardableResult
    func stop() -> Bool {
        guard isRunning else { return false }
        isRunning = false
        if let timer = timer.take() { timers.cancel(timer) }
        return true
    }

    /// Begins the simulation again, now and at each start: the same seed gives the same samples.
    func use(seed: UInt64) {
        self.seed = seed
        restart(with: seed)
    }

    private func restart(with seed: UInt64) {
        model = model.reseeded(with: seed)
        model.reset()
        faults.reseed(with: seed)
    }

    /// A sensor needs no start.
    func use(source: HeartbeatSource) {
        self.source = source
        sensor = HeartbeatSensor()
        followed = nil
        // Of another heart.
        history = HeartbeatHistory()
        if source != .simulation { start() }
    }

    // MARK: Sensors

    func handle(_ event: Event) {
        switch event.body {
        case .heart(let heart) where includes(heart.user, heart.device): sensor.receive(heart)
        case .heartBeat(let beat) where includes(beat.user, beat.device): sensor.receive(beat)
        case .heartSilence(let silence) where includes(silence.user, silence.device):
            sensor.becomeStale()
            followed = nil
        default: break
        }
    }

    private func includes(_ user: HeartUser?, _ device: DeviceID) -> Bool {
        guard source.includes(user, device) else { return false }
        guard source == .automatic, let user else { return source != .automatic }
        if followed == nil {
            followed = user
            sensor = HeartbeatSensor()
        }
        return followed == user
    }

    // MARK: Steps

    private func step(due: MonotonicTime) {
        // After a pause of the whole machine, missed steps are not made up for.
        let next = max(due + HeartbeatModel.interval, timers.now)
        timer = timers.at(next) { [weak self] in self?.step(due: next) }
        let now = Moment.now()
        guard let record = record(at: now.wall) else { return }
        latest = record
        history.add(record)
        guard !group.isEmpty else { return }
        writer.removeAll()
        record.write(to: &writer)
        group.send(writer.bytes, mayBeDropped: true, received: now.monotonic)
    }

    private func record(at time: WallTime) -> HeartbeatRecord? {
        if source == .simulation || source == .automatic && followed == nil {
            return faults.apply(to: model.step()).map { HeartbeatRecord($0, at: time) }
        }
        return HeartbeatRecord(sensor.sample(baseline: model.baseline), at: time)
    }

    // MARK: Clients

    func connected(_ client: WebSocketClient) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "connected")
        writer.member("message", "Connected to heartbeat stream")
        writer.member("state", stateName)
        writer.member("base_bpm", model.baseline)
        writer.endObject()
        client.send(writer.finish())
        group.add(client)
    }

    /// The original answers the text `ping` and ignores everything else.
    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        if message.kind == .text, message.bytes.elementsEqual("ping".utf8) {
            client.send(Array(#"{"type":"pong"}"#.utf8))
        }
    }

    func disconnected(_: WebSocketClient) {}

    /// Records are a stream of states: a client that missed some has the newest one soon.
    func notice(ofDropped _: Int) -> [UInt8]? { nil }
}

/// All persons. The one without a name always exists.
@ReactorActor
final class HeartbeatPersons {
    nonisolated static let maximum = 100
    nonisolated static let longestName = 64

    let standard: HeartbeatPerson
    private var others: [String: HeartbeatPerson] = [:]
    private let make: (String) -> HeartbeatPerson

    init(standard: HeartbeatPerson, make: @escaping @ReactorActor (String) -> HeartbeatPerson) {
        self.standard = standard
        self.make = make
    }

    var all: [HeartbeatPerson] { [standard] + others.values.sorted { $0.name < $1.name } }
    var clientCount: Int { others.values.reduce(standard.clientCount) { $0 + $1.clientCount } }

    /// Nil if nobody of this name was simulated yet.
    func existing(_ name: String) -> HeartbeatPerson? { name.isEmpty ? standard : others[name] }

    /// Throws if there can be no person of this name. Creates nobody.
    func check(_ name: String) throws(HeartbeatError) {
        guard existing(name) == nil else { return }
        guard name.utf8.count <= Self.longestName else {
            throw .badRequest("person must be at most \(Self.longestName) bytes long")
        }
        guard others.values.count(where: { $0.isInUse }) < Self.maximum else { throw .tooManyPersons }
    }

    /// The person of this name, new if there is none.
    func person(_ name: String) throws(HeartbeatError) -> HeartbeatPerson {
        if let person = existing(name) { return person }
        try check(name)
        if others.count >= Self.maximum { others = others.filter { $1.isInUse } }
        let person = make(name)
        others[name] = person
        return person
    }

    func handle(_ event: Event) {
        if standard.source != .simulation { standard.handle(event) }
        for person in others.values where person.source != .simulation { person.handle(event) }
    }
}
