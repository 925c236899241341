import Clocks
import JSON
import Logging
import Reactor
import Web

/// The gateway's own log: `/api/logs` and `/ws/logs`, on LeadVille's ports and on the main port.
@ReactorActor
final class LogRoutes: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    /// Whether texts are sent as they are, for pages that escape them.
    private let isExact: Bool
    private let timers: TimerQueue
    private var clients: [ObjectIdentifier: WebSocketClient] = [:]
    /// The number of the first line that was not sent to the clients.
    private var next: UInt64 = 0
    private var timer: TimerQueue.Token?

    private static let interval = Nanoseconds.milliseconds(250)
    private static let batch = 50

    init(settings: WebSocketSettings, deflater: Deflater?, timers: TimerQueue, isExact: Bool = false) {
        self.settings = settings
        self.deflater = deflater
        self.timers = timers
        self.isExact = isExact
    }

    var routes: [PageRoute] {
        [
            PageRoute(.get, "/api/logs", PageDocumentation.logs, logs),
            .socket("/ws/logs", PageDocumentation.logSocket) { [self] _ throws(PageError) in self },
        ]
    }

    /// Newest first.
    private func logs(_ request: HTTPRequest) throws(PageError) -> HTTPResponse {
        let limit = try request.queryNumber("limit", default: 100, in: 0...1_000_000)
        let lines = Log.recentLines(limit)
        return .json { writer in
            writer.beginArray()
            for line in lines.reversed() { write(line, to: &writer) }
            writer.endArray()
        }
    }

    private func write(_ line: LogLine, to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(of: line, to: &writer)
        writer.endObject()
    }

    /// Pages need all four texts, and not empty.
    private func writeMembers(of line: LogLine, to writer: inout JSONWriter) {
        writer.member("timestamp", line.time)
        writer.member("level", line.level.label)
        writer.member("source", shown(line.source.isEmpty ? "gateway" : line.source))
        writer.member("message", shown(line.message.isEmpty ? "-" : line.message))
    }

    private func shown(_ text: String) -> String { isExact ? text : PageText.shown(text) }

    // MARK: Clients

    func connected(_ client: WebSocketClient) {
        if clients.isEmpty { next = Log.nextLineNumber }
        // Lines since the last time come with the batch.
        sendNewLines()
        client.send(batchMessage(Self.batch))
        clients[ObjectIdentifier(client)] = client
        schedule()
    }

    func disconnected(_ client: WebSocketClient) {
        clients[ObjectIdentifier(client)] = nil
        if clients.isEmpty { timer.take().map(timers.cancel) }
    }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        guard let request = try? JSONValue(parsing: message.bytes) else { return client.send(PageSocket.invalidJSON) }
        guard request["type"]?.stringValue == "request_logs" else { return }
        let limit = request["limit"]?.integerValue ?? Int64(Self.batch)
        client.send(batchMessage(Int(max(0, min(limit, Int64(Log.recentCapacity))))))
    }

    func notice(ofDropped _: Int) -> [UInt8]? { nil }

    private func batchMessage(_ limit: Int) -> [UInt8] {
        PageSocket.message("log_batch") { writer in
            writer.array("logs", Log.recentLines(limit).reversed()) { write($0, to: &$1) }
        }
    }

    /// New lines are looked for a few times a second: any thread may write to the log.
    private func schedule() {
        guard timer == nil else { return }
        timer = timers.after(Self.interval) { [weak self] in
            guard let self else { return }
            timer = nil
            sendNewLines()
            if !clients.isEmpty { schedule() }
        }
    }

    private func sendNewLines() {
        guard Log.nextLineNumber > next else { return }
        for line in Log.recentLines(Log.recentCapacity) where line.number >= next {
            next = line.number + 1
            let message = PageSocket.message("log_entry") { writeMembers(of: line, to: &$0) }
            for client in clients.values { client.send(message) }
        }
    }
}
