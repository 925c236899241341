import Bluetooth
import Glibc
import Reactor
import Testing

/// Every error number, in every call, at every stage: told once, as what it means, and never again.
@Suite("How links end") @ReactorActor
struct LinkLossTests {
    /// All that Linux has.
    nonisolated static let codes = Array(1...133 as ClosedRange<Int32>)

    nonisolated static let meanings: [(Int32, LinkStage, LinkLoss)] = [
        (ECONNRESET, .open, .hungUp), (EPIPE, .open, .hungUp), (0, .open, .hungUp), (ETIMEDOUT, .open, .outOfRange),
        (ENOSYS, .open, .notEstablished), (ENOSYS, .connecting, .notEstablished), (ECONNABORTED, .open, .adapterGone),
        (ECONNABORTED, .connecting, .adapterGone), (EHOSTUNREACH, .connecting, .noAdapter),
        (ENETDOWN, .connecting, .noAdapter), (ENODEV, .preparing, .noAdapter), (EADDRNOTAVAIL, .preparing, .noAdapter),
        (ECONNREFUSED, .connecting, .notAnswering), (EBUSY, .connecting, .busy), (EMLINK, .connecting, .tooManyLinks),
        (ETIMEDOUT, .connecting, .controllerSilent), (EAFNOSUPPORT, .preparing, .noBluetooth),
        (EPERM, .preparing, .notAllowed), (EACCES, .connecting, .notAllowed), (EMSGSIZE, .open, .cutOff),
        (ENOTCONN, .open, .other(.open, ENOTCONN)), (EBUSY, .open, .other(.open, EBUSY)),
        (EMFILE, .preparing, .other(.preparing, EMFILE)),
    ]

    @Test("the kernel's numbers have meanings, which depend on the stage", arguments: meanings)
    func meaning(code: Int32, stage: LinkStage, loss: LinkLoss) {
        #expect(LinkLoss(code, at: stage) == loss)
    }

    @Test("every loss has a name for counters and words for people")
    func words() {
        for stage in LinkStage.allCases {
            for code in Self.codes {
                let loss = LinkLoss(code, at: stage)
                #expect(loss.name.allSatisfy { $0.isLowercase || $0 == "_" } && !loss.description.isEmpty)
            }
        }
    }

    @Test("connecting, refused at once", arguments: codes.filter { $0 != EINPROGRESS })
    func connectFails(code: Int32) async throws {
        try await fail(with: LinkLoss(code, at: .connecting), opened: 0) { $0.connectCode = code }
    }

    @Test("connecting, refused later", arguments: codes)
    func connectFailsLater(code: Int32) async throws {
        try await fail(with: LinkLoss(code, at: .connecting), opened: 0) { socket in
            socket.connectCode = EINPROGRESS
            socket.pendingErrors = [code]
        }
    }

    @Test("receiving: the first time, and after something good", arguments: codes)
    func receiveFails(code: Int32) async throws {
        for before in [[], [PacketOutcome.moved(3)]] {
            try await fail(with: LinkLoss(code, at: .open), opened: 1) { $0.receives = before + [.failed(code)] }
        }
    }

    @Test("gone without a word, with the reason in the socket", arguments: [0] + codes)
    func gone(code: Int32) async throws {
        for outcome in [PacketOutcome.ended, .wouldBlock] {
            try await fail(with: LinkLoss(code, at: .open), opened: 1, hangUp: true) { socket in
                socket.receives = [outcome]
                socket.pendingErrors = [code]
            }
        }
    }

    @Test("sending, with and without a better reason in the socket", arguments: codes)
    func sendFails(code: Int32) async throws {
        try await fail(with: LinkLoss(code, at: .open), opened: 1) { $0.sends = [.failed(code)] }
        try await fail(with: LinkLoss(code, at: .open), opened: 1) { socket in
            socket.sends = [.failed(ENOTCONN)]
            socket.pendingErrors = [code]
        }
    }

    /// Opens a channel over a socket with a script, and expects it to end so, once.
    private func fail(
        with loss: LinkLoss, opened: Int, hangUp: Bool = false, _ script: (ScriptedSocket) -> Void
    ) async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let diary = ChannelDiary()
        script(socket)
        diary.outgoing = [[1], [2]]
        let channel = PacketChannel(socket, owner: diary)
        // Something to wake the loop for.
        pair.say([9])
        if hangUp { shutdown(pair.far.number, Int32(SHUT_RDWR)) }
        channel.open()
        #expect(await turns { !diary.losses.isEmpty })
        let calls = socket.receiveCount
        channel.close()
        channel.packetsWait()
        for _ in 0..<3 { await Task.yield() }
        #expect(diary.losses == [loss] && diary.opened == opened && socket.receiveCount == calls)
    }
}
