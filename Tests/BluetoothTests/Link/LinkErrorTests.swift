import Bluetooth
import CLinux
import Glibc
import Reactor
import Testing

/// Every error number, in every call and stage, is reported once with its meaning.
@Suite("Link errors") @ReactorActor
struct LinkErrorTests {
    /// All error numbers of Linux.
    nonisolated static let codes = Array(1...133 as ClosedRange<Int32>)

    nonisolated static let meanings: [(Int32, LinkStage, LinkError)] = [
        (ECONNRESET, .open, .peerDisconnected), (EPIPE, .open, .peerDisconnected), (0, .open, .peerDisconnected),
        (ETIMEDOUT, .open, .supervisionTimeout),
        (ENOSYS, .open, .notEstablished), (ENOSYS, .connecting, .notEstablished),
        (ECONNABORTED, .open, .adapterRemoved),
        (ECONNABORTED, .connecting, .adapterRemoved), (EHOSTUNREACH, .connecting, .noAdapter),
        (ENETDOWN, .connecting, .noAdapter), (ENODEV, .preparing, .noAdapter), (EADDRNOTAVAIL, .preparing, .noAdapter),
        (ECONNREFUSED, .connecting, .noResponse), (EBUSY, .connecting, .busy), (EMLINK, .connecting, .tooManyLinks),
        (ETIMEDOUT, .connecting, .controllerTimeout), (EAFNOSUPPORT, .preparing, .noBluetooth),
        (EPERM, .preparing, .permissionDenied), (EACCES, .connecting, .permissionDenied),
        (EMSGSIZE, .open, .partialPacket),
        (ENOTCONN, .open, .other(.open, ENOTCONN)), (EBUSY, .open, .other(.open, EBUSY)),
        (EMFILE, .preparing, .other(.preparing, EMFILE)),
    ]

    @Test("maps error numbers by stage", arguments: meanings)
    func meaning(code: Int32, stage: LinkStage, error: LinkError) {
        #expect(LinkError(code, at: stage) == error)
    }

    @Test("has a name and a description for each error")
    func names() {
        for stage in LinkStage.allCases {
            for code in Self.codes {
                let error = LinkError(code, at: stage)
                #expect(error.name.allSatisfy { $0.isLowercase || $0 == "_" } && !error.description.isEmpty)
            }
        }
    }

    private nonisolated static let immediateCodes = codes.filter { $0 != EINPROGRESS }

    @Test("reports an immediate error of connect", arguments: immediateCodes)
    func connectFails(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .connecting), opened: 0) { $0.connectCode = code }
    }

    @Test("reports a later error of connect", arguments: codes)
    func connectFailsLater(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .connecting), opened: 0) { socket in
            socket.connectCode = EINPROGRESS
            socket.pendingErrors = [code]
        }
    }

    @Test("reports an error of receive, also after a good packet", arguments: codes)
    func receiveFails(code: Int32) async throws {
        for before in [[], [PacketResult.transferred(3)]] {
            try await fail(with: LinkError(code, at: .open), opened: 1) { $0.receives = before + [.failed(code)] }
        }
    }

    @Test("reports the socket error after a hang-up", arguments: [0] + codes)
    func gone(code: Int32) async throws {
        for outcome in [PacketResult.closed, .wouldBlock] {
            try await fail(with: LinkError(code, at: .open), opened: 1, hangUp: true) { socket in
                socket.receives = [outcome]
                socket.pendingErrors = [code]
            }
        }
    }

    @Test("reports an error of send, or the socket error", arguments: codes)
    func sendFails(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .open), opened: 1) { $0.sends = [.failed(code)] }
        try await fail(with: LinkError(code, at: .open), opened: 1) { socket in
            socket.sends = [.failed(ENOTCONN)]
            socket.pendingErrors = [code]
        }
    }

    /// Opens a channel over a scripted socket and expects it to close once with this error.
    private func fail(
        with error: LinkError, opened: Int, hangUp: Bool = false, _ script: (ScriptedSocket) -> Void
    ) async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let recorder = ChannelRecorder()
        script(socket)
        recorder.outgoing = [[1], [2]]
        let channel = PacketChannel(socket, delegate: recorder)
        // Wakes the loop.
        pair.sendPacket([9])
        if hangUp { shutdown(pair.far.number, Int32(SHUT_RDWR)) }
        channel.open()
        #expect(await runLoop { !recorder.errors.isEmpty })
        let calls = socket.receiveCount
        channel.close()
        channel.sendPackets()
        for _ in 0..<3 { await Task.yield() }
        #expect(recorder.errors == [error] && recorder.opened == opened && socket.receiveCount == calls)
    }
}
