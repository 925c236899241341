import Clocks
import Configuration
import Glibc
import JSON
import Reactor
import Web

/// `listen`: prints the events of a live socket, and connects again when the connection is lost.
struct ListenCommand {
    private let options: ListenOptions
    private let token: String?
    private let end: MonotonicTime?
    private var delay = Backoff(first: .seconds(2), limit: .seconds(30), growth: .half)
    private var hasConnected = false
    private var events = 0
    /// The latest event that is known; nil if missed events are not wanted.
    private var since: UInt64?
    private var hasPrintedHeader = false

    static func run(_ options: ListenOptions) -> ExitStatus {
        do throws(ClientToken.ReadError) {
            var command = Self(options, token: try ClientToken.read(options.tokenFile))
            return command.run()
        } catch {
            return StandardStream.fail("\(error)")
        }
    }

    private init(_ options: ListenOptions, token: String?) {
        self.options = options
        self.token = token
        since = options.since
        end = options.duration.map { SystemClock.monotonic() + $0 }
    }

    /// How a connection ended.
    private enum Ending {
        /// The count or the time is reached.
        case finished
        case lost(reason: String)
        /// Connecting again would not help.
        case failed(reason: String)
    }

    private mutating func run() -> ExitStatus {
        while true {
            switch connectAndPrint() {
            case .finished: return status
            case .failed(let reason): return StandardStream.fail("\(options.url.text): \(reason)")
            case .lost(let reason):
                let pause = delay.nextDelay()
                StandardStream.error.write(
                    "\(options.url.text): \(reason); connecting again in \(Int(pause.inSeconds.rounded())) s\n")
                guard wait(pause) else { return status }
            }
        }
    }

    /// Failure if fewer events arrived than were asked for, or the server was never reached.
    private var status: ExitStatus {
        if !hasConnected { return StandardStream.fail("\(options.url.text) was not reached") }
        guard let count = options.count, events < count else { return .success }
        return StandardStream.fail("received \(events) of \(count) events in time")
    }

    /// Returns false when the time is up.
    private func wait(_ pause: Nanoseconds) -> Bool {
        let now = SystemClock.monotonic()
        let until = end.map { min($0, now + pause) } ?? now + pause
        while SystemClock.monotonic() < until { poll(nil, 0, milliseconds(to: until)) }
        return end.map { SystemClock.monotonic() < $0 } ?? true
    }

    private func milliseconds(to deadline: MonotonicTime) -> Int32 {
        let left = (deadline - SystemClock.monotonic()).count
        return Int32(clamping: max(0, left / 1_000_000 + 1))
    }

    private mutating func connectAndPrint() -> Ending {
        let address = HTTPAddress(host: options.url.server.host, port: options.url.server.port)
        var connection: WebSocketConnection
        do {
            connection = WebSocketConnection(try GatewayClient.connect(to: address), options.url, token: token)
        } catch {
            return .lost(reason: GatewayClient.reason(of: error))
        }
        if !options.channels.isEmpty || since != nil { connection.subscribe(to: options.channels, since: since) }
        while true {
            let now = SystemClock.monotonic()
            if let end, now >= end { return .finished }
            let deadline = end.map { min($0, connection.deadline) } ?? connection.deadline
            switch connection.receive(within: milliseconds(to: deadline)) {
            case .messages(let messages):
                if connection.isAccepted {
                    hasConnected = true
                    delay.reset()
                }
                for message in messages where !print(message) { return .finished }
            case .ended(let reason, let isFinal): return isFinal ? .failed(reason: reason) : .lost(reason: reason)
            }
        }
    }

    /// Prints a message if it is an event. Returns false when no more are wanted.
    private mutating func print(_ message: [UInt8]) -> Bool {
        guard let event = LiveMessage(message) else { return true }
        if let ignored = event.ignoredChannels {
            StandardStream.error.write("\(options.url.text): unknown channels: \(ignored)\n")
        }
        if let missed = event.missed {
            StandardStream.error.write("\(options.url.text): \(missed)\n")
            return true
        }
        guard event.isEvent else { return true }
        if since != nil, let id = event.id { since = id }
        events += 1
        let text: String
        switch options.format {
        case .json: text = String(decoding: message, as: UTF8.self) + "\n"
        case .lines: text = event.line + "\n"
        case .table:
            text = (hasPrintedHeader ? "" : LiveMessage.header + "\n") + event.row + "\n"
            hasPrintedHeader = true
        }
        guard StandardStream.output.write(text) == 0 else { return false }
        return options.count.map { events < $0 } ?? true
    }
}
