import CAllocationCounter
import Clocks
import Devices
import Drivers
import Events
import Glibc
import Hub
import JSON
import Metrics
import Network
import Reactor
import Surfaces
import Web

/// A web server for tests. It prints its port on standard output and executes commands from standard input, one per line;
/// each is answered by one line.
///
/// - `publish KIND [COUNT]`: publishes events (`timer`, `impact`, `run`, `device`, `heart`, `large-heart`,
///   `pressure`) to `/ws/live`
/// - `answer TEXT`: answers the oldest pending request to `/later`
/// - `waiting`: prints the number of pending requests to `/later`
/// - `allocations`: prints the number of memory allocations so far
///
/// The argument `impatient` shortens all timeouts; `generous` enlarges the send queue of each client.
/// `socket.io PORT` serves `SocketIOEndpoint` instead, with the short timeouts of the official test suites unless
/// `patient` follows; port 0 is any free one.
@main
struct WebTestbed {
    static func main() {
        ReactorExecutor.shared.runOnThisThread {
            do {
                let arguments = CommandLine.arguments
                if arguments.count > 2, arguments[1] == "socket.io" {
                    let endpoint = try SocketIOEndpoint(
                        port: UInt16(arguments[2]) ?? 0, isPatient: arguments.contains("patient"))
                    StandardInput.start { endpoint.perform($0) }
                    return StandardInput.writeLine("port \(endpoint.port)")
                }
                let bed = try Testbed(
                    hasShortTimeouts: CommandLine.arguments.contains("impatient"),
                    hasLargeQueue: CommandLine.arguments.contains("generous"))
                StandardInput.start { bed.perform($0) }
                StandardInput.writeLine("port \(bed.port)")
            } catch {
                StandardInput.writeLine("error \(error)")
                EventLoop.shared.stop()
            }
        }
    }
}

@ReactorActor
private final class Testbed {
    let port: UInt16
    private let hub = Hub()
    private let metrics = MetricsRegistry()
    private let server: WebServer
    private let devices: DeviceRegistry
    private let live: LiveSocket
    private var unanswered: [PendingResponse] = []

    init(hasShortTimeouts: Bool, hasLargeQueue: Bool) throws {
        var settings = WebSettings()
        settings.queueLimit = hasLargeQueue ? 64 << 20 : 256 << 10
        settings.http.bodyBytes = 100_000
        var sockets = WebSocketSettings()
        sockets.handshake = WebSocketHandshake.Options(deflate: PerMessageDeflate.Settings())
        if hasShortTimeouts {
            settings.requestTimeout = .milliseconds(500)
            sockets.keepalive = WebSocketKeepalive(pingInterval: .milliseconds(100), pongTimeout: .seconds(1))
        }
        devices = DeviceRegistry(hub: hub, metrics: metrics)
        live = LiveSocket(
            hub: hub, devices: devices, history: EventHistory(nil), version: "test", settings: sockets,
            deflater: Deflater(threshold: 128), metrics: metrics)
        let access = AccessControl()
        var accessSettings = AccessControl.Settings()
        accessSettings.configuredToken = "the secret of this test"
        access.apply(accessSettings)
        let routes = Router(accessControl: access)
        routes.webSocket("/echo", nil, EchoService())
        live.addRoutes(to: routes)
        routes.webSocket("/stand-alone", nil, live.endpoint(.standAlone))
        routes.webSocket("/streamer", nil, live.endpoint(.streamer))
        let live = live
        _ = hub.subscribe(to: live.events) { live.handle($0) }
        routes.add(.post, "/body", access: .reads) { .response(.bytes($0.body, .octets)) }
        routes.add(.post, "/things/{name}") { .response(.text($0.parameters["name"])) }
        routes.add(.get, "/things/{name}") { .response(.text("only read \($0.parameters["name"])")) }
        Console(version: "test", metrics: metrics, started: .now()).addRoutes(to: routes)
        // What the console's pages request: a gateway without devices.
        for (path, answer) in Self.emptyAnswers {
            routes.get(path) { _ in .response(.json(Array(answer.utf8))) }
        }
        server = WebServer(
            "test", settings: settings, router: routes, metrics: metrics, budget: MemoryBudget(metrics: metrics))
        port = try server.listen(at: Endpoint(host: "127.0.0.1", port: 0), purpose: "testbed").port
        routes.get("/later") { [weak self] _ in .deferred { self?.unanswered.append($0) } }
    }

    private static let emptyAnswers: KeyValuePairs<String, String> = [
        "/api/devices": #"{"devices":[]}"#, "/api/targets": #"{"targets":[]}"#,
        "/api/overview": """
        {"version":"test","time":"2026-01-01T00:00:00Z","uptime_seconds":1,"clients":{},"warnings":[],
        "store":{"enabled":false,"healthy":true},"clock":{"synchronised":true},
        "bluetooth":{"enabled":false,"adapter":null}}
        """,
    ]

    func perform(_ line: String) -> String {
        let words = line.split(separator: " ")
        switch words.first {
        case "publish":
            guard words.count > 1, let body = Sample.event(words[1]) else { return "error unknown event" }
            let count = words.count > 2 ? Int(words[2]) ?? 1 : 1
            for _ in 0..<count { hub.publish(body, at: .now()) }
            return "published \(count)"
        case "answer":
            unanswered.removeAll { !$0.isNeeded }
            guard !unanswered.isEmpty else { return "error no pending request" }
            unanswered.removeFirst().complete(.text(words.dropFirst().joined(separator: " ")))
            return "answered"
        case "waiting": return "waiting \(unanswered.count { $0.isNeeded })"
        case "allocations": return "allocations \(allocation_count())"
        default: return "error unknown command"
        }
    }
}

/// One event of each kind.
private enum Sample {
    static func event(_ kind: Substring) -> EventBody? {
        let timer = DeviceID("60:09:C3:1F:DC:1A")
        return switch kind {
        case "timer": .timer(TimerEvent(timer: timer, action: .shot(shot), string: 4))
        case "impact":
            .impact(
                ImpactEvent(
                    sensor: DeviceID("BT50_01"), peakVelocity: 15.5, axes: Vector3(x: 15.5, y: 1, z: 0.5),
                    onset: SystemClock.monotonic(), duration: .milliseconds(80), confidence: 0.9,
                    location: TargetPoint(x: 2.3, y: 1.8)))
        case "run":
            .run(
                RunEvent(
                    run: RunID("run_001"), timer: timer, shooter: "John Doe", stage: "Stage 1",
                    change: .started(at: SystemClock.wall())))
        case "device":
            .device(DeviceEvent(device: timer, family: .amgCommander, name: "AMG Lab COMM DC1A", change: .connected))
        case "heart": heart(of: .number(1))
        case "pressure":
            PressureMatrix(rows: 2, columns: 3, cells: [0, PressureMatrix.noSensor, 100, 12.345, 50.5, 1]).map {
                .pressure(PressureEvent(mat: DeviceID("mat"), frame: 9, matrix: $0))
            }
        case "large-heart": heart(of: .text(String(repeating: "x", count: 16_384)))
        default: nil
        }
    }

    private static func heart(of user: HeartUser) -> EventBody {
        .heart(
            HeartEvent(
                user: user, device: DeviceID("heart-board-1"), family: .esp32Heart, source: "127.0.0.1",
                measured: 76, rate: .rate(75.5, .smoothed), statistics: nil, contact: true))
    }

    private static let shot = Shot(
        number: 3, time: .milliseconds(15_670), split: .milliseconds(5_230), first: .milliseconds(2_000))
}

/// Echoes every message.
@ReactorActor
final class EchoService: WebSocketService {
    let settings: WebSocketSettings
    let deflater = Deflater(threshold: 1)

    init() {
        var settings = WebSocketSettings()
        settings.handshake = WebSocketHandshake.Options(
            deflate: PerMessageDeflate.Settings(clientNoContextTakeover: false))
        settings.limits = WebSocketLimits(messageBytes: 32 << 20)
        self.settings = settings
    }

    func connected(_: WebSocketClient) {}

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        client.send(message)
    }

    func disconnected(_: WebSocketClient) {}

    func notice(ofDropped _: Int) -> [UInt8]? { nil }
}

/// Executes commands from standard input, one per line, and stops the event loop at its end.
@ReactorActor
final class StandardInput: DescriptorHandler {
    private let onLine: (String) -> String
    private var pending: [UInt8] = []
    private var watch: EventLoop.Watch?

    private init(_ answer: @escaping (String) -> String) {
        self.onLine = answer
    }

    static func start(_ answer: @escaping (String) -> String) {
        let input = StandardInput(answer)
        input.watch = try? EventLoop.shared.watch(STDIN_FILENO, for: .readable, handler: input)
    }

    static func writeLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    func descriptorIsReady(_: Readiness) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else {
            watch.map(EventLoop.shared.unwatch)
            return EventLoop.shared.stop()
        }
        pending += buffer.prefix(count)
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeSubrange(...end)
            Self.writeLine(onLine(line))
        }
    }
}
