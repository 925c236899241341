import Bluetooth
import Glibc
import Reactor
import Testing

/// Every error number, in every call, at every stage: told once, as what it means, and never again.
@Suite("How links end") @ReactorActor
struct LinkErrorTests {
    /// All that Linux has.
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

    @Test("the kernel's numbers have meanings, which depend on the stage", arguments: meanings)
    func meaning(code: Int32, stage: LinkStage, loss: LinkError) {
        #expect(LinkError(code, at: stage) == loss)
    }

    @Test("every loss has a name for counters and words for people")
    func words() {
        for stage in LinkStage.allCases {
            for code in Self.codes {
                let loss = LinkError(code, at: stage)
                #expect(loss.name.allSatisfy { $0.isLowercase || $0 == "_" } && !loss.description.isEmpty)
            }
        }
    }

    @Test("connecting, refused at once", arguments: codes.filter { $0 != EINPROGRESS })
    func connectFails(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .connecting), opened: 0) { $0.connectCode = code }
    }

    @Test("connecting, refused later", arguments: codes)
    func connectFailsLater(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .connecting), opened: 0) { socket in
            socket.connectCode = EINPROGRESS
            socket.pendingErrors = [code]
        }
    }

    @Test("receiving: the first time, and after something good", arguments: codes)
    func receiveFails(code: Int32) async throws {
        for before in [[], [PacketResult.transferred(3)]] {
            try await fail(with: LinkError(code, at: .open), opened: 1) { $0.receives = before + [.failed(code)] }
        }
    }

    @Test("gone without a word, with the reason in the socket", arguments: [0] + codes)
    func gone(code: Int32) async throws {
        for outcome in [PacketResult.closed, .wouldBlock] {
            try await fail(with: LinkError(code, at: .open), opened: 1, hangUp: true) { socket in
                socket.receives = [outcome]
                socket.pendingErrors = [code]
            }
        }
    }

    @Test("sending, with and without a better reason in the socket", arguments: codes)
    func sendFails(code: Int32) async throws {
        try await fail(with: LinkError(code, at: .open), opened: 1) { $0.sends = [.failed(code)] }
        try await fail(with: LinkError(code, at: .open), opened: 1) { socket in
            socket.sends = [.failed(ENOTCONN)]
            socket.pendingErrors = [code]
        }
    }

    /// Opens a channel over a socket with a script, and expects it to end so, once.
    private func fail(
        with loss: LinkError, opened: Int, hangUp: Bool = false, _ script: (ScriptedSocket) -> Void
    ) async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let diary = ChannelRecorder()
        script(socket)
        diary.outgoing = [[1], [2]]
        let channel = PacketChannel(socket, delegate: diary)
        // Something to wake the loop for.
        pair.sendPacket([9])
        if hangUp { shutdown(pair.far.number, Int32(SHUT_RDWR)) }
        channel.open()
        #expect(await runLoop { !diary.errors.isEmpty })
        let calls = socket.receiveCount
        channel.close()
        channel.sendPackets()
        for _ in 0..<3 { await Task.yield() }
        #expect(diary.errors == [loss] && diary.opened == opened && socket.receiveCount == calls)
    }
}
