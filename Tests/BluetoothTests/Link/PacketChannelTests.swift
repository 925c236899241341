import Bluetooth
import CLinux
import Clocks
import Glibc
import Reactor
import Testing

@Suite("Packet channel") @ReactorActor
struct PacketChannelTests {
    let recorder = ChannelRecorder()

    @Test("transfers packets in order and reports the end of the peer once")
    func conversation() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: recorder)
        recorder.outgoing = [[1], [2, 3]]
        channel.open()
        #expect(recorder.opened == 1)
        #expect(pair.receivePacket() == [1] && pair.receivePacket() == [2, 3] && pair.receivePacket() == nil)
        pair.sendPacket([7, 7, 7])
        pair.sendPacket([8])
        #expect(await runLoop { recorder.packets.count == 2 })
        #expect(recorder.packets == [[7, 7, 7], [8]])
        recorder.outgoing = [[4]]
        channel.sendPackets()
        #expect(pair.receivePacket() == [4])
        pair.sendPacket([9])
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !recorder.errors.isEmpty })
        #expect(recorder.packets.last == [9])
        channel.close()
        channel.sendPackets()
        await runLoopBriefly()
        #expect(recorder.errors == [.peerDisconnected])
    }

    @Test("waits while the peer does not read")
    func backPressure() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: recorder)
        let packets = (0..<3_000).map { [UInt8](repeating: UInt8($0 & 0xFF), count: 200) }
        recorder.outgoing = packets
        channel.open()
        #expect(recorder.outgoing.count > 1)
        var received: [[UInt8]] = []
        let isAll = await runLoop {
            while let packet = pair.receivePacket() { received.append(packet) }
            return received.count == packets.count
        }
        #expect(isAll && received == packets && recorder.errors.isEmpty)
        channel.close()
        #expect(recorder.errors == [.closed])
    }

    @Test("receives a flood in portions without error")
    func flood() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: recorder)
        channel.open()
        for number in 0..<150 { pair.sendPacket([UInt8(number)]) }
        #expect(await runLoop { recorder.packets.count == 150 })
        #expect(recorder.packets == (0..<150).map { [UInt8($0)] })
        channel.close()
    }

    @Test("accepts the longest packet, and counts and drops a longer one")
    func lengths() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: recorder)
        channel.open()
        pair.sendPacket([UInt8](repeating: 1, count: PacketChannel.maximumPacketLength))
        pair.sendPacket([UInt8](repeating: 2, count: PacketChannel.maximumPacketLength + 1))
        pair.sendPacket([3])
        #expect(await runLoop { recorder.packets.count == 2 })
        #expect(recorder.packets.map(\.count) == [PacketChannel.maximumPacketLength, 1] && channel.oversized == 1)
        channel.close()
    }

    @Test("delivers pending packets before it reports the end")
    func pendingPackets() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: recorder)
        channel.open()
        socket.receives = [.failed(ETIMEDOUT)]
        pair.sendPacket([1])
        pair.sendPacket([2])
        #expect(await runLoop { !recorder.errors.isEmpty })
        #expect(recorder.packets == [[1], [2]] && recorder.errors == [.supervisionTimeout])
        _ = channel
    }

    @Test("does not spin on a dead socket that returns EAGAIN")
    func noSpinning() async throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: recorder)
        channel.open()
        socket.receives = [.wouldBlock, .wouldBlock, .wouldBlock, .wouldBlock]
        socket.pendingErrors = [ECONNRESET]
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !recorder.errors.isEmpty })
        let calls = socket.receiveCount
        await runLoopBriefly()
        #expect(recorder.errors == [.peerDisconnected] && socket.receiveCount == calls && calls == 1)
        _ = channel
    }

    @Test("closes after a partial send")
    func shortWrite() throws {
        let pair = try PacketPair()
        let socket = ScriptedSocket(pair.near)
        let channel = PacketChannel(socket, delegate: recorder)
        recorder.outgoing = [[1, 2, 3], [4]]
        socket.sends = [.transferred(2)]
        channel.open()
        #expect(recorder.errors == [.partialPacket] && recorder.outgoing == [[4]])
    }

    @Test("delivers no packets after a close in a callback")
    func closingInside() async throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: recorder)
        channel.open()
        recorder.afterPacket = { channel.close() }
        for number in 0..<5 as Range<UInt8> { pair.sendPacket([number]) }
        #expect(await runLoop { !recorder.errors.isEmpty })
        await runLoopBriefly()
        #expect(recorder.packets == [[0]] && recorder.errors == [.closed])
        recorder.afterPacket = {}
    }

    @Test("closes a pending connection exactly at its timeout")
    func timeout() async throws {
        let pair = try PacketPair()
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let socket = ScriptedSocket(pair.near)
        socket.connectCode = EINPROGRESS
        // The real socket is connected; fill it so that it never becomes writable.
        var size: Int32 = 1
        setsockopt(pair.near, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout.size(ofValue: size)))
        while send(pair.near, [0], 1, 0) > 0 {}
        let channel = PacketChannel(socket, delegate: recorder, timeout: .seconds(15), timers: timers)
        channel.open()
        await runLoopBriefly()
        timers.advance(to: MonotonicTime(nanoseconds: 14_999_999_999))
        #expect(recorder.errors.isEmpty && recorder.opened == 0)
        timers.advance(to: MonotonicTime(nanoseconds: 15_000_000_000))
        #expect(recorder.errors == [.noResponse] && timers.count == 0)
    }

    @Test("closes when its delegate has been released")
    func releasedDelegate() async throws {
        let pair = try PacketPair()
        var owner: ChannelRecorder? = ChannelRecorder()
        let socket = ScriptedSocket(pair.near)
        if let owner { PacketChannel(socket, delegate: owner).open() }
        owner = nil
        pair.sendPacket([1])
        await runLoopBriefly()
        #expect(socket.receiveCount == 0)
    }

    @Test("closes silently before it was opened, and opens only once")
    func opening() throws {
        let pair = try PacketPair()
        let channel = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), delegate: recorder)
        channel.open()
        channel.open()
        channel.close()
        channel.open()
        #expect(recorder.opened == 1 && recorder.errors == [.closed])
        let other = try PacketPair()
        let unopened = PacketChannel(ConnectedPacketSocket(OwnedDescriptor(adopting: other.near)), delegate: recorder)
        unopened.close()
        unopened.open()
        #expect(recorder.opened == 1 && recorder.errors == [.closed])
    }

    @Test("reports a kernel without Bluetooth")
    func noBluetooth() {
        do {
            _ = try L2CAPSocket(to: BluetoothAddress(bits: 1, kind: .random))
        } catch {
            #expect(error == .noBluetooth || error == .permissionDenied)
        }
    }
}
