import Clocks
import Configuration
import Drivers
import Foundation
import Hub
import JSON
import Metrics
import Network
import Reactor
import Store
import Testing

@testable import Surfaces
@testable import Web

/// The surface of pressure sessions with a store of its own, without sockets.
@ReactorActor
final class WorkoutHarness {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 1_000_000_000_000))
    let store: DataStore
    let workouts: WorkoutService
    private let router: Router
    private let folder: URL

    init(isStored: Bool = true, _ adjust: (inout Configuration, inout WorkoutService.Limits) -> Void = { _, _ in })
        async throws
    {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("workouts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var configuration = Configuration()
        var limits = WorkoutService.Limits()
        adjust(&configuration, &limits)
        store = try DataStore(StoreOptions(path: folder.path + "/gateway.db"), timers: timers)
        workouts = WorkoutService(
            store, isStored: isStored, limits: limits, metrics: MetricsRegistry(), timers: timers)
        let metrics = MetricsRegistry()
        let hub = Hub()
        let api = PressureAPI(
            configuration.pressure, workouts: workouts,
            mats: MatRegistry(
                tareFrames: 0, devices: DeviceRegistry(hub: hub, metrics: metrics), hub: hub, metrics: metrics),
            metrics: metrics, budget: MemoryBudget(metrics: metrics))
        router = api.listeners(in: configuration)[0].router(AccessControl())
        // Opens the database.
        timers.advance(to: timers.now)
        _ = await store.start(within: .seconds(60))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Routes a request as if it came from the network; returns the status and the whole body.
    func send(_ method: String, _ target: String, _ body: String? = nil, type: String = "application/json") async throws
        -> (
            status: Int, body: [UInt8], headers: HTTPHeaders
        )
    {
        var parser = HTTPRequestParser()
        let text =
            "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body?.utf8.count ?? 0)\r\n\r\n"
        var input = Array(text.utf8)[...]
        guard case .head(let head)? = try parser.next(&input) else { throw HTTPError(.malformedRequestLine) }
        let request = HTTPRequest(
            head: head, body: Array((body ?? "").utf8), peer: try SocketAddress(host: "127.0.0.1", port: 1))
        let response: HTTPResponse
        switch router.respond(to: request) {
        case .response(let immediate): response = immediate
        case .deferred(let later):
            response = await withCheckedContinuation { continuation in
                later.deliver { continuation.resume(returning: $0) }
            }
        case .webSocket: throw HTTPError(.malformedRequestLine)
        }
        guard let stream = response.stream else { return (response.status.code, response.body, response.headers) }
        var whole: [UInt8] = []
        while true {
            let piece = await withCheckedContinuation { continuation in
                stream.next { continuation.resume(returning: $0) }
            }
            guard case .bytes(let bytes) = piece else {
                #expect(piece == .end)
                return (response.status.code, whole, response.headers)
            }
            whole += bytes
        }
    }

    /// The same with the body as JSON.
    func json(_ method: String, _ target: String, _ body: String? = nil) async throws -> (status: Int, body: TestJSON) {
        let answer = try await send(method, target, body)
        return (answer.status, try TestJSON(answer.body))
    }

    /// Creates a workout; returns its id.
    func create(_ body: String = #"{"name":"Run"}"#) async throws -> WorkoutID {
        let answer = try await json("POST", "/workouts", body)
        #expect(answer.status == 201)
        return try #require(WorkoutID(answer.body["data"]["_id"].text))
    }
}

/// JSON whose missing members and elements are null.
struct TestJSON {
    let value: JSONValue

    init(_ bytes: [UInt8]) throws {
        let limits = JSONLimits(
            depth: 64, bytes: 64 << 20, stringBytes: 16 << 20, members: 16 << 20, numberBytes: 128)
        value = try JSONValue(parsing: bytes, limits: limits)
    }

    private init(value: JSONValue?) {
        self.value = value ?? .null
    }

    subscript(_ key: String) -> TestJSON { TestJSON(value: value[key]) }
    subscript(_ index: Int) -> TestJSON { TestJSON(value: value[index]) }

    var text: String { value.stringValue ?? "" }
    var number: Double? { value.doubleValue }
    var isTrue: Bool { value.booleanValue == true }
    var isMissing: Bool { value.isNull }
    var count: Int { value.arrayValue?.count ?? -1 }
    var elements: [TestJSON] { (value.arrayValue ?? []).map { TestJSON(value: $0) } }
    var keys: Set<String> { Set((value.objectValue?.members ?? []).map(\.key)) }
}
