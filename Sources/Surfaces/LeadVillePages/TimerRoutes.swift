import Clocks
import Events
import JSON
import Reactor
import ShootingRange
import Store
import Web

/// The shot log and the timer dashboard: the latest shots, the current string, the best times.
@ReactorActor
final class TimerRoutes: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    private let devices: PageDevices
    private let store: DataStore
    private let range: any RangeProvider
    private var log = ShotLog()
    private var statistics = RunStatistics()
    private var clients: [ObjectIdentifier: WebSocketClient] = [:]
    private var isResendScheduled = false
    private let timers: TimerQueue

    /// So many runs are decoded at once, so that the loop is not blocked.
    private static let runsPerPage = 10

    init(
        _ devices: PageDevices, store: DataStore, range: any RangeProvider, settings: WebSocketSettings,
        deflater: Deflater?, timers: TimerQueue
    ) {
        self.devices = devices
        self.store = store
        self.range = range
        self.settings = settings
        self.deflater = deflater
        self.timers = timers
    }

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/shot-log", PageDocumentation.shotLog, shotLog),
            PageRoute(.get, "/api/events/latest", PageDocumentation.latestEvents, latestEvents),
            PageRoute(.get, "/api/string/current", PageDocumentation.currentString, currentString),
            PageRoute(.get, "/api/timer/status", PageDocumentation.timerStatus, timerStatus),
            PageRoute(.get, "/api/leaderboard", PageDocumentation.leaderboard, leaderboard),
            .socket("/ws", PageDocumentation.timerSocket) { [self] _ throws(PageError) in self },
        ]
    }

    private var json: ShotLogJSON {
        ShotLogJSON { [registry = devices.registry] id in PageText.shown(registry[id]?.name ?? id.text) }
    }

    // MARK: Events

    /// Reads the latest runs, newest first, page by page.
    func loadRuns() async {
        var filter = RunQuery()
        filter.limit = Self.runsPerPage
        while !statistics.isFull, let page = try? await range.runs(filter) {
            for run in page.runs { statistics.add(run) }
            guard let next = page.next else { return }
            filter.before = next
        }
    }

    func runDeleted(_ id: String) { statistics.remove(RunID(id)) }

    /// Reads the latest shots of earlier runs of the gateway.
    func loadShots() async {
        guard let entries = try? await store.latestRangeEntries(limit: ShotLog.capacity) else { return }
        var loaded = ShotLog()
        let live = Array(log.latest(ShotLog.capacity).reversed())
        let firstLive = live.first?.id ?? .max
        for entry in entries.reversed() where UInt64(entry.sequence) < firstLive {
            loaded.append(
                stored: entry.body, of: DeviceID(entry.source), id: UInt64(entry.sequence), at: entry.time)
        }
        loaded.append(live)
        log = loaded
    }

    func handle(_ event: Event) {
        if case .run(let run) = event.body { statistics.apply(run, at: event.stamp.wall) }
        let isList = if case .timer(let report) = event.body, case .listed = report.action { true } else { false }
        let added = log.append(event).filter { $0.kind != .impact }
        guard !clients.isEmpty, !added.isEmpty else { return }
        // A page appends each shot, whatever its number: missed shots come with the whole string.
        if isList { return scheduleResend() }
        for entry in added {
            let message = Self.message("timer_event") { writer in
                writer.object("data") { self.json.writeEvent(entry, to: &$0) }
            }
            for client in clients.values { client.send(message) }
        }
    }

    /// Once the run is complete, too.
    private func scheduleResend() {
        guard !isResendScheduled else { return }
        isResendScheduled = true
        _ = timers.after(.zero) { [weak self] in
            guard let self else { return }
            isResendScheduled = false
            for client in clients.values { sendInitialData(to: client) }
        }
    }

    // MARK: Requests

    private func shotLog(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let limit = try request.queryNumber("limit", default: 100, in: 0...1_000_000)
        let entries = log.latest(min(limit, ShotLog.capacity))
        return .object { writer in
            writer.objects("logs", entries) { json.writeRow($0, to: &$1) }
            writer.member("count", entries.count)
        }
    }

    private func latestEvents(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let limit = try request.queryNumber("limit", default: 20, in: 1...100)
        let entries = log.latest(limit) { $0.kind != .impact }
        return .json { writer in
            writer.beginArray()
            for entry in entries {
                writer.beginObject()
                json.writeEvent(entry, to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func currentString(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let shots = log.currentString
        return .object { writer in
            writer.objects("shots", shots) { json.writeShot($0, to: &$1) }
            writer.member("total_shots", shots.count)
            writer.member("string_time", secondsOrNull: shots.last?.total)
        }
    }

    private func timerStatus(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        .json { writer in
            writer.beginArray()
            writeTimers(to: &writer)
            writer.endArray()
        }
    }

    private func leaderboard(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let best = statistics.leaderboard(since: LocalDay.start(of: SystemClock.wall()))
        return .object { writer in
            writer.objects("leaderboard", best) { entry, writer in
                writer.member("timer_device", json.name(entry.timer))
                writer.member("best_time", seconds: entry.best)
                writer.member("strings_completed", entry.strings)
                writer.member("last_string", entry.last)
            }
        }
    }

    private func writeTimers(to writer: inout JSONWriter) {
        let now = SystemClock.wall()
        for timer in statistics.timers {
            let age = now - timer.last
            writer.beginObject()
            writer.member("timer_device", json.name(timer.id))
            writer.member("total_events", timer.events)
            writer.member("shot_events", timer.shots)
            writer.member("max_string_time", secondsOrNull: timer.longest)
            writer.member("avg_split_time", secondsOrNull: timer.averageSplit)
            writer.member("last_event", timer.last)
            writer.member("status", age <= .seconds(3_600) ? "active" : age <= .seconds(86_400) ? "recent" : "idle")
            writer.endObject()
        }
    }

    // MARK: Clients

    func connected(_ client: WebSocketClient) {
        sendInitialData(to: client)
        clients[ObjectIdentifier(client)] = client
    }

    func disconnected(_ client: WebSocketClient) {
        clients[ObjectIdentifier(client)] = nil
    }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        guard let value = try? JSONValue(parsing: message.bytes) else {
            return client.send(PageSocket.invalidJSON)
        }
        if value["type"]?.stringValue == "ping" { client.send(Self.message("pong") { _ in }) }
    }

    func notice(ofDropped _: Int) -> [UInt8]? { nil }

    private func sendInitialData(to client: WebSocketClient) {
        let shots = log.currentString
        client.send(
            Self.message("initial_data") { writer in
                writer.object("data") { writer in
                    writer.objects("current_string", shots) { json.writeShot($0, to: &$1) }
                    writer.key("timer_status")
                    writer.beginArray()
                    writeTimers(to: &writer)
                    writer.endArray()
                }
            })
    }

    private static func message(_ type: StaticString, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        PageSocket.message(type, members)
    }
}

/// What the sockets of the pages have in common.
enum PageSocket {
    static func message(_ type: StaticString, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        members(&writer)
        writer.endObject()
        return writer.finish()
    }

    static let invalidJSON = message("error") { $0.member("message", "This message is not valid JSON and is ignored") }
}
