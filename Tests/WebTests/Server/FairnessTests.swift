import Clocks
import Metrics
import Reactor
import Testing

@testable import Web

@Suite("Fair shares") @ReactorActor
struct FairnessTests {
    @Test("a client that sends many requests at once does not delay another one's until all are answered")
    func pipelinedRequests() async throws {
        let bed = CountingServer()
        let greedy = try TestClient(to: bed.server, roomBytes: 1 << 20)
        let modest = try TestClient(to: bed.server)
        greedy.send(String(repeating: "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n", count: 400))
        modest.send("GET /modest HTTP/1.1\r\nHost: a\r\n\r\n")
        await modest.waitForText("done")
        let position = try #require(bed.log.paths.firstIndex(of: "/modest"))
        #expect(position <= WorkShare.requests)
        await greedy.wait { $0.text.occurrences(of: "done") == 400 }
        #expect(bed.log.paths.count { $0 == "/greedy" } == 400)
        greedy.end()
        modest.end()
    }

    @Test("a client that sends many messages at once does not delay another one's until all are answered")
    func manyMessages() async throws {
        let bed = TestServer()
        let greedy = try TestClient(to: bed.server, roomBytes: 1 << 20)
        let modest = try TestClient(to: bed.server)
        await greedy.upgrade()
        await modest.upgrade()
        var bytes: [UInt8] = []
        for number in 0..<1_000 {
            WebSocketFrame.append(
                .text, Array("\(number)".utf8), mask: WebSocketMask(key: 0x0102_0304), to: &bytes)
        }
        greedy.send(bytes)
        modest.sendFrame(.text, "modest")
        await modest.wait { $0.texts == ["modest"] }
        await greedy.wait { $0.texts.count == 1_000 }
        #expect(greedy.texts == (0..<1_000).map(String.init))
        greedy.end()
        modest.end()
    }

    @Test("a share ends after some requests, or when its time is over")
    func share() {
        let begin = MonotonicTime(nanoseconds: 0)
        var share = WorkShare(at: begin)
        for _ in 1..<WorkShare.requests { share.count(at: begin) }
        #expect(share.isOpen)
        share.count(at: begin)
        #expect(!share.isOpen)
        var slow = WorkShare(at: begin)
        slow.count(at: begin + WorkShare.time)
        #expect(!slow.isOpen)
    }

    @Test("messages from a source follow the speed of the client, and others are sent between them")
    func source() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        await client.upgrade()
        client.isStalled = true
        let padding = String(repeating: "x", count: 1_000)
        let produced = Produced()
        bed.service.clients[0].send {
            guard produced.count < 1_000 else { return nil }
            produced.count += 1
            return Array("\(produced.count) \(padding)".utf8)
        }
        for _ in 0..<20 { await TestClient.waitForIteration() }
        #expect(produced.count * padding.utf8.count <= WorkShare.outputBytes + 32_768)
        bed.service.broadcast("between")
        client.isStalled = false
        await client.wait { $0.texts.count == 1_001 }
        #expect(client.texts.compactMap { Int($0.prefix { $0 != " " }) } == Array(1...1_000))
        #expect(client.texts.contains("between") && client.texts.last != "between")
        client.end()
    }

    @Test("requests for an expensive response in quick succession get the same one")
    func recentResponse() {
        let produced = Produced()
        let recent = RecentResponse(at: MonotonicTime(nanoseconds: 0)) {
            produced.count += 1
            return .text("\(produced.count)")
        }
        func bodies(_ count: Int, at time: Nanoseconds) -> Set<HTTPResponse> {
            let now = MonotonicTime(nanoseconds: 0) + time
            return Set((0..<count).map { _ in recent.response(at: now) })
        }
        #expect(bodies(1_000, at: .zero).count == RecentResponse.burst)
        #expect(bodies(1_000, at: RecentResponse.lifetime) == [.text("\(RecentResponse.burst + 1)")])
        #expect(bodies(1_000, at: .seconds(60)).count == RecentResponse.burst)
    }
}

@ReactorActor private final class Produced {
    var count = 0
}

/// Logs the paths of its requests in the order in which they are handled.
@ReactorActor private struct CountingServer {
    @ReactorActor final class Log {
        var paths: [String] = []
    }

    let log = Log()
    let server: WebServer

    init() {
        let routes = Router()
        for path in ["/greedy", "/modest"] {
            routes.get(path) { [log] _ in
                log.paths.append(path)
                return .response(.text("done"))
            }
        }
        let metrics = MetricsRegistry()
        server = WebServer(
            "test", settings: WebSettings(), router: routes, metrics: metrics, budget: MemoryBudget(metrics: metrics))
    }
}
