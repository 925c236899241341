import Clocks
import Reactor
import Testing

@testable import Web

@Suite("Answers that come later") @ReactorActor
struct PendingAnswerTests {
    private static let later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("answers come in the order of the requests, however long one takes")
    func order() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(Self.hello + Self.later + Self.hello + Self.later + "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        await wire.waitForText("hello")
        await TestClient.waitForIteration()
        #expect(wire.text.occurrences(of: "HTTP/1.1") == 1)
        #expect(bed.pending.count == 1)
        bed.pending[0].complete(.text("first"))
        await wire.wait { $0.text.occurrences(of: "HTTP/1.1") == 3 }
        #expect(bed.pending.count == 2)
        bed.pending[1].complete(.text("second"))
        await wire.waitForText("404 Not Found")
        var rest = wire.text[...]
        for word in ["hello", "first", "hello", "second", "404"] {
            let place = try #require(rest.firstRange(of: word), "\(word) in \(wire.text)")
            rest = rest[place.upperBound...]
        }
        #expect(!wire.hasEnded)
        wire.end()
    }

    @Test("an answer that is there at once goes out at once; a second one goes nowhere")
    func immediate() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send("GET /eager HTTP/1.1\r\nHost: a\r\n\r\n" + Self.hello)
        await wire.waitForText("hello")
        #expect(wire.text.contains("eager") && !wire.text.contains("twice"))
        wire.end()
    }

    @Test("a client that has said everything gets its answer, and then the end")
    func halfClosed() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(Self.later)
        wire.finishSending()
        await bed.waitForPending(1)
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        bed.pending[0].complete(.text("late"))
        await wire.waitForEnd()
        #expect(wire.text.hasSuffix("late"))
        #expect(wire.text.contains("Connection: close"))
    }

    @Test("what a client that has said everything asked beyond that is answered too")
    func halfClosedPipeline() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(Self.later + Self.hello + Self.later)
        wire.finishSending()
        await bed.waitForPending(1)
        bed.pending[0].complete(.text("first"))
        await bed.waitForPending(2)
        bed.pending[1].complete(.text("second"))
        await wire.waitForEnd()
        #expect(wire.text.hasSuffix("second"))
        #expect(wire.text.occurrences(of: "HTTP/1.1 200") == 3)
    }

    @Test("when the client has gone, whoever works on the answer is told, and the answer goes nowhere")
    func gone() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(Self.later)
        await bed.waitForPending(1)
        var abandoned = 0
        bed.pending[0].onCancel = { abandoned += 1 }
        #expect(bed.pending[0].isNeeded)
        wire.end()
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        #expect(abandoned == 1)
        #expect(!bed.pending[0].isNeeded)
        bed.pending[0].complete(.text("late"))
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 1"))
        #expect(bed.count("leadville_web_connections{server=\"test\"} 0"))
    }

    @Test("an answer that takes too long is given up on: the client is told, and what it asked next is not answered")
    func timeout() async throws {
        let bed = TestServer {
            $0.responseTimeout = .seconds(30)
            $0.idleTimeout = .seconds(600)
        }
        let wire = try TestClient(to: bed.server)
        wire.send(Self.hello)
        await wire.waitForText("hello")
        // By now the next deadline is that of an idle connection, which is far.
        bed.advance(.seconds(10))
        wire.send(Self.later + Self.hello)
        await bed.waitForPending(1)
        var abandoned = 0
        bed.pending[0].onCancel = { abandoned += 1 }
        bed.advance(.seconds(29))
        await TestClient.waitForIteration()
        #expect(!wire.text.contains("503"))
        bed.advance(.seconds(1))
        await wire.waitForEnd()
        #expect(wire.text.contains("HTTP/1.1 503 "))
        #expect(wire.text.occurrences(of: "hello") == 1)
        #expect(abandoned == 1)
        #expect(bed.count("leadville_web_answer_timeouts_total{server=\"test\"} 1"))
        bed.pending[0].complete(.text("late"))
    }

    @Test("a client that waits is not read from: what it goes on sending stays with the system")
    func backPressure() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(Self.later)
        await bed.waitForPending(1)
        let more = String(repeating: Self.hello, count: 50)
        var accepted = 0
        while accepted < 1_000, wire.trySend(more) {
            accepted += 1
            await TestClient.waitForIteration()
        }
        #expect(accepted < 1_000)
        bed.pending[0].complete(.text("first"))
        await wire.wait { $0.text.occurrences(of: "hello") == accepted * 50 }
        wire.end()
    }

    @Test("work as an async function is answered, and cancelled when its client has gone")
    func work() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(1)
        bed.pending[0].complete(.text("unblocks"))
        await wire.waitForText("worked, cancelled: false")
        wire.clearReceived()
        wire.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(2)
        wire.end()
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        bed.pending[1].complete(.text("unblocks"))
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        #expect(bed.workLog == [false, true])
    }

    @Test("a server that ends answers who is waiting first, but not for ever")
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
