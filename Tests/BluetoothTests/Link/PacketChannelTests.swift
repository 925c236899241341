import Bluetooth
import Clocks
import Glibc
import Reactor
import Testing

@Suite("A channel of packets") @ReactorActor
struct PacketChannelTests {
    let diary = ChannelRecorder()

    @Test("packets go and come whole, in order, and the far end's death is told once")
    func conversation() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: diary)
        diary.outgoing = [[1], [2, 3]]
        channel.open()
        #expect(diary.opened == 1)
        #expect(pair.receivePacket() == [1] && pair.receivePacket() == [2, 3] && pair.receivePacket() == nil)
        pair.sendPacket([7, 7, 7])
        pair.sendPacket([8])
        #expect(await runLoop { diary.packets.count == 2 })
        #expect(diary.packets == [[7, 7, 7], [8]])
        diary.outgoing = [[4]]
        channel.sendPackets()
        #expect(pair.receivePacket() == [4])
        pair.sendPacket([9])
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !diary.errors.isEmpty })
        #expect(diary.packets.last == [9])
        channel.close()
        channel.sendPackets()
        await runLoopBriefly()
        #expect(diary.errors == [.peerDisconnected])
    }

    @Test("what the far end does not take yet waits, and goes when there is room")
    func backPressure() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: diary)
        let packets = (0..<3_000).map { [UInt8](repeating: UInt8($0 & 0xFF), count: 200) }
        diary.outgoing = packets
        channel.open()
        #expect(diary.outgoing.count > 1)
        var heard: [[UInt8]] = []
        let isAll = await runLoop {
            while let packet = pair.receivePacket() { heard.append(packet) }
            return heard.count == packets.count
        }
        #expect(isAll && heard == packets && diary.errors.isEmpty)
        channel.close()
        #expect(diary.errors == [.closed])
    }

    @Test("a flood is taken in portions, and none of it is lost")
    func flood() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: diary)
        channel.open()
        for number in 0..<150 { pair.sendPacket([UInt8(number)]) }
        #expect(await runLoop { diary.packets.count == 150 })
        #expect(diary.packets == (0..<150).map { [UInt8($0)] })
        channel.close()
    }

    @Test("a packet of the greatest length comes whole, a longer one is counted and passed over")
    func lengths() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: diary)
        channel.open()
        pair.sendPacket([UInt8](repeating: 1, count: PacketChannel.maximumPacketLength))
        pair.sendPacket([UInt8](repeating: 2, count: PacketChannel.maximumPacketLength + 1))
        pair.sendPacket([3])
        #expect(await runLoop { diary.packets.count == 2 })
        #expect(diary.packets.map(\.count) == [PacketChannel.maximumPacketLength, 1] && channel.oversized == 1)
        channel.close()
    }

    @Test("what came before the end is given before the end is told")
    func lastWords() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: diary)
        channel.open()
        socket.receives = [.failed(ETIMEDOUT)]
        pair.sendPacket([1])
        pair.sendPacket([2])
        #expect(await runLoop { !diary.errors.isEmpty })
        #expect(diary.packets == [[1], [2]] && diary.errors == [.supervisionTimeout])
        _ = channel
    }

    @Test("a dead socket that says that it would block does not keep the loop awake")
    func noSpinning() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: diary)
        channel.open()
        socket.receives = [.wouldBlock, .wouldBlock, .wouldBlock, .wouldBlock]
        socket.pendingErrors = [ECONNRESET]
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !diary.errors.isEmpty })
        let calls = socket.receiveCount
        await runLoopBriefly()
        #expect(diary.errors == [.peerDisconnected] && socket.receiveCount == calls && calls == 1)
        _ = channel
    }

    @Test("a packet of which only a part was taken is the end")
    func shortWrite() throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: diary)
        diary.outgoing = [[1, 2, 3], [4]]
        socket.sends = [.transferred(2)]
        channel.open()
        #expect(diary.errors == [.partialPacket] && diary.outgoing == [[4]])
    }

    @Test("whoever closes while being given packets is given no more")
    func closingInside() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: diary)
        channel.open()
        diary.afterPacket = { channel.close() }
        for number in 0..<5 as Range<UInt8> { pair.sendPacket([number]) }
        #expect(await runLoop { !diary.errors.isEmpty })
        await runLoopBriefly()
        #expect(diary.packets == [[0]] && diary.errors == [.closed])
        diary.afterPacket = {}
    }

    @Test("a connection that never comes about is given up when patience is over, and not before")
    func patience() async throws {
        let pair = try PacketPair()
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let socket = ScriptedSocket(pair.near)
        socket.connectCode = EINPROGRESS
        // Whatever the socket beneath may say of itself, this one is not connected: nothing has room.
        var size: Int32 = 1
        setsockopt(pair.near, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout.size(ofValue: size)))
        while send(pair.near, [0], 1, 0) > 0 {}
        let channel = PacketChannel(socket, delegate: diary, timeout: .seconds(15), timers: timers)
        channel.open()
        await runLoopBriefly()
        timers.advance(to: MonotonicTime(nanoseconds: 14_999_999_999))
        #expect(diary.errors.isEmpty && diary.opened == 0)
        timers.advance(to: MonotonicTime(nanoseconds: 15_000_000_000))
        #expect(diary.errors == [.noResponse] && timers.count == 0)
    }

    @Test("a channel whose owner has gone ends by itself")
    func forgotten() async throws {
        let pair = try PacketPair()
        var owner: ChannelRecorder? = ChannelRecorder()
        let socket = ScriptedSocket(pair.near)
        if let owner { PacketChannel(socket, delegate: owner).open() }
        owner = nil
        pair.sendPacket([1])
        await runLoopBriefly()
        #expect(socket.receiveCount == 0)
    }

    @Test("a channel that was never opened is closed without a word, and cannot be opened twice")
    func opening() throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: diary)
        channel.open()
        channel.open()
        channel.close()
        channel.open()
        #expect(diary.opened == 1 && diary.errors == [.closed])
        let other = try PacketPair()
        let unopened = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: other.near)), delegate: diary)
        unopened.close()
        unopened.open()
        #expect(diary.opened == 1 && diary.errors == [.closed])
    }

    @Test("where there is no Bluetooth, that is what is said")
    func noBluetooth() {
        do {
            _ = try L2CAPSocket(to: BluetoothAddress(bits: 1, kind: .random))
        } catch {
            #expect(error == .noBluetooth || error == .permissionDenied)
        }
    }
}
