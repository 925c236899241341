import Clocks
import Testing

@testable import Web

@Suite("Socket.IO session") struct SocketIOSessionTests {
    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

    private func session(_ limits: SocketIOLimits = SocketIOLimits()) -> SocketIOSession {
        SocketIOSession(limits, connectTimeout: .seconds(45), now: at(0))
    }

    private func receive(_ text: String, in session: inout SocketIOSession, at second: Int64 = 1) throws(SocketIOReject)
        -> String
    {
        var decoder = SocketIODecoder(SocketIOLimits())
        guard let input = try decoder.receive(EngineMessage(.text, Array(text.utf8)[...])) else { return "incomplete" }
        return switch try session.receive(input, now: at(second)) {
        case .connect(let namespace, _): "connect \(namespace)"
        case .disconnected(let namespace): "disconnected \(namespace)"
        case .event(let event, let namespace): "event \(event.name) \(namespace)"
        case .acknowledged(let id, _, let namespace): "acknowledged \(id) \(namespace)"
        case .unusableEvent(_, let namespace): "unusable \(namespace)"
        case .nothing: "nothing"
        }
    }

    @Test("events reach the namespaces to which the client is connected")
    func namespaces() throws {
        var session = session()
        #expect(throws: SocketIOReject.notConnected) { try receive(#"2["a"]"#, in: &session) }
        let connect = try receive("0/x", in: &session)
        #expect(connect == "connect /x")
        session.connected(to: "/x")
        let event = try receive(#"2/x,["a"]"#, in: &session)
        #expect(event == "event a /x")
        #expect(throws: SocketIOReject.notConnected) { try receive(#"2["a"]"#, in: &session) }
        #expect(throws: SocketIOReject.alreadyConnected) { try receive("0/x", in: &session) }
        let left = try receive("1/x", in: &session)
        #expect(left == "disconnected /x" && !session.isConnected(to: "/x"))
        #expect(throws: SocketIOReject.notConnected) { try receive("1/x", in: &session) }
    }

    @Test("a client that is connected to nothing for too long is rejected, at the start and later")
    func connectTimeout() throws {
        var session = session()
        #expect(session.deadline == at(45))
        #expect(session.tick(now: at(44)) == [])
        session.connected(to: "/")
        #expect(session.deadline == nil && session.tick(now: at(100)) == [])
        _ = try receive("1", in: &session, at: 200)
        #expect(session.tick(now: at(244)) == [])
        #expect(session.tick(now: at(245)) == [.notConnected])
    }

    @Test("the namespaces of one client are limited")
    func namespaceLimit() throws {
        var limits = SocketIOLimits()
        limits.namespaces = 2
        var session = session(limits)
        for namespace in ["/", "/a"] { session.connected(to: namespace) }
        #expect(throws: SocketIOReject.tooManyNamespaces) { try receive("0/b", in: &session) }
    }

    @Test("an acknowledgement counts once, if it was asked for and arrives in time")
    func acknowledgements() throws {
        var limits = SocketIOLimits()
        limits.pendingAcknowledgements = 2
        var session = session(limits)
        session.connected(to: "/")
        #expect(session.awaitAcknowledgement(in: "/x", until: at(9)) == nil)
        #expect(session.awaitAcknowledgement(in: "/", until: at(5)) == 0)
        #expect(session.awaitAcknowledgement(in: "/", until: at(9)) == 1)
        #expect(session.awaitAcknowledgement(in: "/", until: at(9)) == nil)
        #expect(session.deadline == at(5))
        let first = try receive("31[]", in: &session)
        let second = try receive("31[]", in: &session)
        let unknown = try receive("37[]", in: &session)
        #expect(first == "acknowledged 1 /" && second == "nothing" && unknown == "nothing")
        #expect(session.tick(now: at(5)) == [.acknowledgement(id: 0, namespace: "/")])
        let late = try receive("30[]", in: &session)
        #expect(late == "nothing")
        #expect(session.awaitAcknowledgement(in: "/", until: at(9)) == 2)
    }
}
