import Clocks
import Testing

@testable import Web

@Suite("Engine.IO session") struct EngineSessionTests {
    private static let settings: EngineSettings = {
        var settings = EngineSettings()
        settings.pingInterval = .milliseconds(300)
        settings.pingTimeout = .milliseconds(200)
        settings.queueLimit = 1_000
        return settings
    }()

    private func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    private func session(_ transport: EngineSession.Transport = .polling) -> EngineSession {
        EngineSession(Self.settings, transport: transport, now: at(0))
    }

    private func output(_ text: String, _ delivery: EngineOutput.Delivery = .event) -> EngineOutput {
        EngineOutput(packet: Array(text.utf8), delivery)
    }

    private func texts(_ outputs: [EngineOutput]) -> [String] {
        outputs.flatMap(\.parts).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private func poll(_ session: inout EngineSession) -> String {
        switch session.poll(maximumPayload: 100) {
        case .respond(let outputs): texts(outputs).joined(separator: " ")
        case .wait: "wait"
        case .simultaneous: "simultaneous"
        case .wrongTransport: "wrong transport"
        }
    }

    private let message = EnginePacket.message(EngineMessage(.text, Array("a".utf8)[...]))

    @Test("a poll waits until there is a packet, and receives all that is queued, in order")
    func polls() {
        var session = session()
        #expect(session.send(output("4a")) == .queued(dropped: 0))
        #expect(session.send(output("4b")) == .queued(dropped: 0))
        #expect(poll(&session) == "4a 4b")
        #expect(poll(&session) == "wait")
        #expect(texts(session.takePolled(maximumPayload: 100)).isEmpty)
        _ = session.send(output("4c"))
        #expect(texts(session.takePolled(maximumPayload: 100)) == ["4c"])
        #expect(poll(&session) == "wait")
        #expect(poll(&session) == "simultaneous")
    }

    @Test("one response holds at most the largest payload, and at least one packet")
    func largeQueue() {
        var session = session()
        for text in [String(repeating: "x", count: 150), String(repeating: "y", count: 60), "z"] {
            _ = session.send(output(text))
        }
        #expect(poll(&session).utf8.count == 150)
        #expect(poll(&session).hasSuffix("y z"))
    }

    @Test("one response holds at most as many packets as python-engineio accepts")
    func manyPackets() {
        var session = session()
        for number in 0..<10 { _ = session.send(output("4\(number)")) }
        let attachments = (0..<7).map { _ in [UInt8(1)][...] }
        _ = session.send(EngineOutput(packet: Array("4seven".utf8), attachments: attachments, .event))
        #expect(poll(&session) == "40 41 42 43 44 45 46 47 48 49")
        #expect(poll(&session).hasPrefix("4seven "))
    }

    @Test("the oldest telemetry is dropped for a client that does not poll; without any the client is too slow")
    func slowClient() {
        var session = session()
        _ = session.send(output("4first"))
        var dropped = 0
        for number in 0..<100 {
            guard case .queued(let count) = session.send(output("4\(number)", .telemetry)) else {
                Issue.record("not queued")
                return
            }
            dropped += count
        }
        let kept = texts(session.takeQueue())
        #expect(kept.first == "4first" && kept.last == "499" && kept.count + dropped == 101 && dropped > 50)
        #expect(kept.dropFirst().elementsEqual((dropped..<100).map { "4\($0)" }))
        for _ in 0..<14 { #expect(session.send(output("4x")) == .queued(dropped: 0)) }
        _ = session.send(output("4x"))
        #expect(session.send(output("4x")) == .full)
    }

    @Test("the client is pinged after the interval, and times out without a pong")
    func heartbeat() throws {
        var session = session()
        #expect(session.tick(now: at(299)) == nil)
        #expect(session.tick(now: at(300)) == .ping)
        #expect(session.deadline == at(500))
        _ = try session.receive(.pong([]), over: .polling, now: at(400))
        #expect(session.deadline == at(700))
        // A pong without a ping does not postpone the next one.
        _ = try session.receive(.pong([]), over: .polling, now: at(500))
        #expect(session.tick(now: at(700)) == .ping)
        #expect(session.tick(now: at(899)) == nil)
        #expect(session.tick(now: at(900)) == .timeOut)
    }

    @Test("after a pause of the process the client still has time for its pong")
    func latePing() {
        var session = session()
        #expect(session.tick(now: at(5_000)) == .ping)
        #expect(session.tick(now: at(5_170)) == nil)
        #expect(session.tick(now: at(5_200)) == .timeOut)
    }

    @Test("an upgrade: the probe ends the polls, what is queued follows on the WebSocket")
    func upgrade() throws {
        var session = session()
        #expect(poll(&session) == "wait")
        #expect(session.beginUpgrade() == true)
        #expect(session.beginUpgrade() == false)
        let probed = try session.receive(.ping(Array("probe".utf8)[...]), over: .upgrading, now: at(1))
        #expect(probed == .probed)
        #expect(session.endPoll() == true)
        // The client has not noticed yet.
        #expect(poll(&session) == "6")
        _ = session.send(output("4queued"))
        let upgraded = try session.receive(.upgrade, over: .upgrading, now: at(2))
        #expect(upgraded == .upgraded)
        #expect(texts(session.takeQueue()) == ["4queued"])
        #expect(session.send(output("4direct")) == .now)
        #expect(poll(&session) == "wrong transport")
        #expect(session.beginUpgrade() == false)
    }

    @Test("an upgrade that ends early leaves the session polling")
    func cancelledUpgrade() {
        var session = session()
        #expect(session.beginUpgrade() == true)
        session.cancelUpgrade()
        #expect(session.transport == .polling)
        #expect(session.beginUpgrade() == true)
    }

    @Test("before the probe nothing else is accepted over the new WebSocket")
    func unexpectedUpgrade() {
        for packet in [EnginePacket.upgrade, message, .ping([]), .ping(Array("prob".utf8)[...]), .close] {
            var session = session()
            _ = session.beginUpgrade()
            #expect(throws: EngineReject.unexpectedUpgrade) {
                try session.receive(packet, over: .upgrading, now: at(1))
            }
        }
    }

    @Test("messages, the end, and packets that mean nothing")
    func packets() throws {
        var session = session(.webSocket)
        let received = try session.receive(message, over: .webSocket, now: at(1))
        #expect(received == .message(EngineMessage(.text, Array("a".utf8)[...])))
        for packet in [EnginePacket.noop, .upgrade, .open([])] {
            let nothing = try session.receive(packet, over: .webSocket, now: at(1))
            #expect(nothing == .nothing)
        }
        let closed = try session.receive(.close, over: .webSocket, now: at(1))
        #expect(closed == .closedByClient)
        #expect(throws: EngineReject.unexpectedPing) { try session.receive(.ping([]), over: .webSocket, now: at(1)) }
    }

    @Test("a closed session sends nothing and does not tick")
    func closed() {
        var session = session()
        session.close()
        #expect(session.send(output("4a")) == .closed)
        #expect(session.tick(now: at(10_000)) == nil)
        #expect(poll(&session) == "wrong transport")
    }
}

@Suite("Engine.IO requests") struct EngineRequestTests {
    private func request(_ line: String, _ headers: String = "") throws -> EngineRequest {
        let parsed = ParsedHTTP("\(line) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
        return try EngineRequest(try #require(parsed.requests.first?.head, "\(line)"))
    }

    private static let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"

    @Test("the four kinds of request")
    func kinds() throws {
        let open = try request("GET /socket.io/?EIO=4&transport=polling&t=abc")
        #expect(open.action == .open && !open.isWebSocket && open.jsonp == nil)
        let poll = try request("GET /socket.io/?EIO=4&transport=polling&sid=x&j=7")
        #expect(poll.action == .poll(session: "x") && poll.jsonp == "7")
        let post = try request("POST /socket.io/?EIO=4&transport=polling&sid=x", "Content-Length: 0\r\n")
        #expect(post.action == .post(session: "x"))
        let webSocket = try request("GET /socket.io/?EIO=4&transport=websocket", Self.upgrade)
        #expect(webSocket.action == .open && webSocket.isWebSocket)
        let upgrade = try request("GET /socket.io/?EIO=4&transport=websocket&sid=x", Self.upgrade)
        #expect(upgrade.action == .upgrade(session: "x"))
    }

    nonisolated static let invalid: [(String, String, EngineRequestError)] = [
        ("GET /socket.io/?transport=polling", "", .unsupportedVersion),
        ("GET /socket.io/?EIO=3&transport=polling", "", .unsupportedVersion),
        ("GET /socket.io/?EIO=3&transport=websocket", upgrade, .unsupportedVersion),
        ("GET /socket.io/?EIO=4", "", .unknownTransport), ("GET /socket.io/?EIO=4&transport=x", "", .unknownTransport),
        ("GET /socket.io/?EIO=4&transport=websocket", "", .badRequest),
        ("GET /socket.io/?EIO=4&transport=polling", upgrade, .badRequest),
        ("POST /socket.io/?EIO=4&transport=polling", "Content-Length: 0\r\n", .badMethod),
        ("PUT /socket.io/?EIO=4&transport=polling&sid=x", "Content-Length: 0\r\n", .badMethod),
        ("HEAD /socket.io/?EIO=4&transport=polling&sid=x", "", .badMethod),
    ]

    @Test("invalid requests have a reason", arguments: invalid)
    func rejects(line: String, headers: String, reason: EngineRequestError) {
        #expect(throws: reason) { try request(line, headers) }
    }

    @Test("a client of version 3 learns what it needs")
    func oldClient() {
        let body = String(decoding: EngineRequestError.unsupportedVersion.response.body, as: UTF8.self)
        #expect(
            body.hasPrefix(
                #"{"code":5,"message":"Unsupported protocol version","detail":"This server speaks version 4"#))
        #expect(body.contains("socket.io-client 4"))
    }
}
