import Clocks
import Configuration
import Devices
import Drivers
import Events
import JSON
import Metrics
import Reactor
import Signals
import Web

/// The events of pressure sessions: clients send frames, and all clients of the session receive their statistics.
@ReactorActor
final class PressureSessions: SocketIOService {
    private let workouts: WorkoutService
    private let mats: MatRegistry
    private let maximumCells: Int
    private let grace: Nanoseconds
    private let timers: TimerQueue
    private var calculator: PressureStatisticsCalculator
    private var sessions: [String: PressureSession] = [:]
    private var joined: [ObjectIdentifier: Set<String>] = [:]
    private let frames: Counter
    private let rejects: [String: Counter]

    static let maximumSessions = 256
    static let maximumSessionsPerClient = 32

    init(
        _ configuration: Configuration.Pressure, workouts: WorkoutService, mats: MatRegistry, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.workouts = workouts
        self.mats = mats
        self.timers = timers
        maximumCells = configuration.maximumCells
        grace = configuration.ownerGrace
        calculator = PressureStatisticsCalculator(
            PressureRegionTables(configuration.regions), ignoresMissingCells: configuration.ignoresMissingCells)
        frames = metrics.counter("leadville_pressure_frames_total", "Frames of pressure sessions.")
        let reasons = PressureFrameReject.names + PressureEventReject.names + AccessReject.allCases.map(\.rawValue)
        var rejects: [String: Counter] = [:]
        for reason in reasons where rejects[reason] == nil {
            rejects[reason] = metrics.counter(
                "leadville_pressure_rejects_total", "Events of pressure sessions rejected, by reason.",
                ["reason": reason])
        }
        self.rejects = rejects
        metrics.gauge("leadville_pressure_sessions", "Pressure sessions.") { [weak self] in
            Double(self?.sessions.count ?? 0)
        }
    }

    func connected(_ socket: SocketIOSocket, auth _: ArraySlice<UInt8>) {
        socket.emit("connection_response") { writer in
            writer.beginObject()
            writer.member("data", "Connected to pressure data stream")
            writer.endObject()
        }
    }

    func receive(unusable error: JSONError, from socket: SocketIOSocket) {
        reject(socket, PressureEventReject.invalidJSON("\(error)"))
    }

    func receive(_ event: SocketIOEvent, from socket: SocketIOSocket) {
        do throws(PressureEventReject) {
            switch event.name {
            case "join_session": try join(members(of: event), socket)
            case "pressure_frame": try receiveFrame(members(of: event), socket)
            case "stats_frame": try receiveStatistics(members(of: event), socket)
            case "leave_session": try leave(members(of: event), socket)
            default: throw .unknownEvent(event.name)
            }
        } catch {
            reject(socket, error)
        }
        socket.acknowledge(event)
    }

    private func members(of event: SocketIOEvent) throws(PressureEventReject) -> JSONMembers {
        guard let first = event.arguments.first, first.kind == .object,
            let members = try? JSONMembers(parsing: event.arguments.raw(first), limits: SocketIOLimits.json)
        else { throw .notAnObject(event.name) }
        return members
    }

    private func reject(_ socket: SocketIOSocket, _ error: PressureEventReject) {
        rejects[error.name]?.add()
        socket.emit("error") { writer in
            writer.beginObject()
            writer.member("message", error.message)
            writer.member("reason", error.name)
            writer.endObject()
        }
    }

    // MARK: Joining and leaving

    private func join(_ members: JSONMembers, _ socket: SocketIOSocket) throws(PressureEventReject) {
        guard let name = PressureSessionName(members["workout_id"], in: members) else { throw .missingID }
        let own = joined[ObjectIdentifier(socket)] ?? []
        guard own.contains(name.key) || own.count < Self.maximumSessionsPerClient else { throw .tooManyJoins }
        let source = try source(members)
        if sessions[name.key] == nil || source != nil, let reason = socket.changeReject { throw .access(reason) }
        let session = try session(name)
        if session.owner == nil, socket.changeReject == nil { makeOwner(socket, of: session) }
        if let source {
            guard session.owner === socket else { throw .otherOwner }
            session.source = source
        }
        joined[ObjectIdentifier(socket), default: []].insert(name.key)
        session.room.add(socket)
        send("session_joined", name.json, to: socket) { $0.member("status", "ready") }
    }

    /// The mat that the client names, or the only one.
    private func source(_ members: JSONMembers) throws(PressureEventReject) -> DeviceID? {
        guard let token = members["source"], token.kind != .null else { return nil }
        let connected = mats.connected
        if members.boolean(token) == true || members.string(token) == "" {
            guard connected.count == 1 else { throw .unknownMat(connected.map(\.text)) }
            return connected[0]
        }
        guard let text = members.string(token), let mat = connected.first(where: { $0.text == text }) else {
            throw .unknownMat(connected.map(\.text))
        }
        return mat
    }

    private func session(_ name: PressureSessionName) throws(PressureEventReject) -> PressureSession {
        if let session = sessions[name.key] { return session }
        guard sessions.count < Self.maximumSessions else { throw .tooManySessions }
        let session = PressureSession(name)
        sessions[name.key] = session
        return session
    }

    private func makeOwner(_ socket: SocketIOSocket, of session: PressureSession) {
        session.owner = socket
        session.graceTimer.take().map(timers.cancel)
    }

    private func leave(_ members: JSONMembers, _ socket: SocketIOSocket) throws(PressureEventReject) {
        guard let name = PressureSessionName(members["workout_id"], in: members) else { throw .missingID }
        joined[ObjectIdentifier(socket)]?.remove(name.key)
        if let session = sessions[name.key] {
            session.room.remove(socket)
            if session.owner === socket { end(session) }
        }
        send("session_ended", name.json, to: socket) { _ in }
    }

    private func end(_ session: PressureSession) {
        session.graceTimer.take().map(timers.cancel)
        sessions[session.key] = nil
        session.workout.map(workouts.endRecording)
        session.room.send(
            SocketIOEncoder.event("session_ended", style: .compactASCII, .event) { writer in
                writer.beginObject()
                writer.member("workout_id", raw: session.id[...])
                writer.endObject()
            })
    }

    func disconnected(_ socket: SocketIOSocket) {
        joined[ObjectIdentifier(socket)] = nil
        for session in sessions.values where session.owner === socket {
            session.owner = nil
            session.graceTimer = timers.after(grace) { [weak self, weak session] in
                if let session { self?.end(session) }
            }
        }
    }

    // MARK: Frames

    private func receiveFrame(_ members: JSONMembers, _ socket: SocketIOSocket) throws(PressureEventReject) {
        if let reason = socket.changeReject { throw .access(reason) }
        let matrix: PressureMatrix
        do throws(PressureFrameReject) {
            matrix = try PressureMatrix(ofClient: members["matrix"].map(members.raw), maximumCells: maximumCells)
        } catch {
            throw .frame(error)
        }
        let timestamp = members["timestamp"].map { Array(members.raw($0)) }
        let now = SystemClock.wall()
        guard let token = members["workout_id"], token.kind != .null else {
            // Statistics without a session are for the sender alone.
            let raw = calculator.statistics(of: matrix)
            return socket.emit("frame_processed") { Self.write(raw, raw, 0, timestamp, [], to: &$0) }
        }
        guard let name = PressureSessionName(token, in: members) else { throw .missingID }
        let session = try session(name)
        if session.owner == nil { makeOwner(socket, of: session) }
        guard session.owner === socket else { throw .otherOwner }
        process(
            matrix, of: session, timestamp: timestamp, nodes: members["nodes"].map { Array(members.raw($0)) }, at: now)
    }

    private func process(
        _ matrix: PressureMatrix, of session: PressureSession, timestamp: [UInt8]?, nodes: [UInt8]?, at now: WallTime
    ) {
        frames.add()
        let result = session.series.receive(
            matrix, calculator.statistics(of: matrix), timestamp: timestamp, nodes: nodes, at: now)
        if !session.room.isEmpty {
            session.room.send(
                SocketIOEncoder.event("frame_processed", style: .compactASCII, .telemetry) { writer in
                    Self.write(result.smoothed, result.raw, result.count, timestamp, result.events, to: &writer)
                })
        }
        if let workout = session.workout { workouts.append(result.frame, to: workout, after: result.previous) }
    }

    private static func write(
        _ smoothed: PressureStatistics, _ raw: PressureStatistics, _ count: Int, _ timestamp: [UInt8]?,
        _ events: [PressureThresholdEvent], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("stats")
        PressureJSON.write(smoothed, to: &writer)
        writer.key("raw_stats")
        PressureJSON.write(raw, to: &writer)
        writer.member("frame_count", count)
        writer.member("timestamp", raw: (timestamp ?? Array("null".utf8))[...])
        if !events.isEmpty {
            writer.array("events", events) {
                PressureJSON.write($0, timestamp: timestamp, source: "ws_pressure_frame", to: &$1)
            }
        }
        writer.endObject()
    }

    private func receiveStatistics(_ members: JSONMembers, _ socket: SocketIOSocket) throws(PressureEventReject) {
        if let reason = socket.changeReject { throw .access(reason) }
        guard let name = PressureSessionName(members["workout_id"], in: members), let token = members["stats"],
            token.kind == .object, let object = try? JSONValue(parsing: members.raw(token)).objectValue
        else { throw .missingStatistics }
        let raw = ReportedStatistics(object)
        let session = try session(name)
        if session.owner == nil { makeOwner(socket, of: session) }
        guard session.owner === socket else { throw .otherOwner }
        guard let (smoothed, beginsSession) = session.series.receive(reported: raw) else { throw .missingStatistics }
        let timestamp = members["timestamp"].map { Array(members.raw($0)) }
        session.room.send(
            SocketIOEncoder.event("stats_update", style: .compactASCII, .telemetry) { writer in
                writer.beginObject()
                writer.key("stats")
                PressureJSON.write(smoothed, to: &writer)
                writer.key("raw_stats")
                PressureJSON.write(raw, to: &writer)
                writer.member("timestamp", raw: (timestamp ?? Array("null".utf8))[...])
                writer.endObject()
            })
        guard let workout = session.workout else { return }
        func json(_ statistics: ReportedStatistics) -> [UInt8] {
            var writer = JSONWriter()
            PressureJSON.write(statistics, to: &writer)
            return writer.finish()
        }
        var frame = WorkoutFrame(received: SystemClock.wall(), matrix: nil)
        frame.timestamp = timestamp
        frame.beginsSession = beginsSession
        frame.reported = WorkoutFrame.Reported(raw: json(raw), smoothed: json(smoothed))
        workouts.append(frame, to: workout, after: nil)
    }

    /// A frame of a mat of the gateway's own.
    func receive(_ event: PressureEvent, at wall: WallTime) {
        for session in sessions.values where session.source == event.mat {
            let milliseconds = Array(String(wall.nanoseconds / 1_000_000).utf8)
            process(event.matrix, of: session, timestamp: milliseconds, nodes: nil, at: wall)
        }
    }

    private func send(
        _ event: String, _ id: [UInt8], to socket: SocketIOSocket, _ write: (inout JSONWriter) -> Void
    ) {
        socket.emit(event) { writer in
            writer.beginObject()
            writer.member("workout_id", raw: id[...])
            write(&writer)
            writer.endObject()
        }
    }
}
