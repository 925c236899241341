import Clocks
import Reactor
import Testing

@testable import Web

@Suite("Pending responses") @ReactorActor
struct PendingAnswerTests {
    private static let later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("responses keep the order of the requests")
    func order() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(Self.hello + Self.later + Self.hello + Self.later + "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.waitForText("hello")
        await bed.waitForPending(1)
        #expect(client.text.occurrences(of: "HTTP/1.1") == 1)
        #expect(bed.pending.count == 1)
        bed.pending[0].complete(.text("first"))
        await client.wait { $0.text.occurrences(of: "HTTP/1.1") == 3 }
        #expect(bed.pending.count == 2)
        bed.pending[1].complete(.text("second"))
        await client.waitForText("404 Not Found")
        var rest = client.text[...]
        for word in ["hello", "first", "hello", "second", "404"] {
            let place = try #require(rest.firstRange(of: word), "\(word) in \(client.text)")
            rest = rest[place.upperBound...]
        }
        #expect(!client.hasEnded)
        client.end()
    }

    @Test("an immediate response is sent at once; a second one is ignored")
    func immediate() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send("GET /eager HTTP/1.1\r\nHost: a\r\n\r\n" + Self.hello)
        await client.waitForText("hello")
        #expect(client.text.contains("eager") && !client.text.contains("twice"))
        client.end()
    }

    @Test("a client that has finished sending gets its response, then the connection ends")
    func halfClosed() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(Self.later)
        client.finishSending()
        await bed.waitForPending(1)
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        bed.pending[0].complete(.text("late"))
        await client.waitForEnd()
        #expect(client.text.hasSuffix("late"))
        #expect(client.text.contains("Connection: close"))
    }

    @Test("pipelined requests of a client that has finished sending are answered")
    func halfClosedPipeline() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(Self.later + Self.hello + Self.later)
        client.finishSending()
        await bed.waitForPending(1)
        bed.pending[0].complete(.text("first"))
        await bed.waitForPending(2)
        bed.pending[1].complete(.text("second"))
        await client.waitForEnd()
        #expect(client.text.hasSuffix("second"))
        #expect(client.text.occurrences(of: "HTTP/1.1 200") == 3)
    }

    @Test("a disconnect cancels the response")
    func gone() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(Self.later)
        await bed.waitForPending(1)
        var abandoned = 0
        bed.pending[0].onCancel = { abandoned += 1 }
        #expect(bed.pending[0].isNeeded)
        client.end()
        await bed.waitForConnections(0)
        #expect(abandoned == 1)
        #expect(!bed.pending[0].isNeeded)
        bed.pending[0].complete(.text("late"))
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 1"))
    }

    @Test("a response that times out is answered 503, and later requests are not answered")
    func timeout() async throws {
        let bed = TestServer {
            $0.responseTimeout = .seconds(30)
            $0.idleTimeout = .seconds(600)
        }
        let client = try TestClient(to: bed.server)
        client.send(Self.hello)
        await client.waitForText("hello")
        // Now the next deadline is that of an idle connection, far in the future.
        bed.advance(.seconds(10))
        client.send(Self.later + Self.hello)
        await bed.waitForPending(1)
        var abandoned = 0
        bed.pending[0].onCancel = { abandoned += 1 }
        bed.advance(.seconds(29))
        await TestClient.waitForIteration()
        #expect(!client.text.contains("503"))
        bed.advance(.seconds(1))
        await client.waitForEnd()
        #expect(client.text.contains("HTTP/1.1 503 "))
        #expect(client.text.occurrences(of: "hello") == 1)
        #expect(abandoned == 1)
        #expect(bed.count("leadville_web_answer_timeouts_total{server=\"test\"} 1"))
        bed.pending[0].complete(.text("late"))
    }

    @Test("input of a waiting client stays in the kernel")
    func backPressure() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(Self.later)
        await bed.waitForPending(1)
        let more = String(repeating: Self.hello, count: 50)
        var accepted = 0
        while accepted < 1_000, client.trySend(more) {
            accepted += 1
            await TestClient.waitForIteration()
        }
        #expect(accepted < 1_000)
        bed.pending[0].complete(.text("first"))
        await client.wait { $0.text.occurrences(of: "hello") == accepted * 50 }
        client.end()
    }

    @Test("async work is answered, and cancelled when the client disconnects")
    func work() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(1)
        bed.pending[0].complete(.text("unblocks"))
        await client.waitForText("worked, cancelled: false")
        client.clearReceived()
        client.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(2)
        client.end()
        await bed.waitForConnections(0)
        bed.pending[1].complete(.text("unblocks"))
        while bed.workLog.count < 2 { await TestClient.waitForIteration() }
        #expect(bed.workLog == [false, true])
    }

    @Test("a shutdown completes pending responses, within its limit")
    func shutDown() async throws {
        let bed = TestServer()
        let served = try TestClient(to: bed.server)
        let unserved = try TestClient(to: bed.server)
        served.send(Self.later)
        await bed.waitForPending(1)
        unserved.send(Self.later)
        await bed.waitForPending(2)
        let ending = Task { @ReactorActor in await bed.server.shutDown(within: .seconds(5)) }
        await TestClient.waitForIteration()
        bed.pending[0].complete(.text("last words"))
        await served.waitForEnd()
        #expect(served.text.hasSuffix("last words"))
        #expect(served.text.contains("Connection: close"))
        bed.advance(.seconds(5))
        await ending.value
        await unserved.waitForEnd()
        #expect(unserved.received.isEmpty)
    }
}
