import Reactor
import Testing
import VirtualDevices

@testable import Serial

@Suite("Serial ports, on pseudo terminals", .serialized, .timeLimit(.minutes(2))) @ReactorActor
struct SerialPortTests {
    @Test("bytes pass both ways, all 256 of them, untouched")
    func bothWays() async throws {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder(), answered = SerialPortRecorder()
        device.onReceive = { answered.receive($0) }
        let port = try heard.open(device.path)
        let every = [UInt8](0...255)
        device.send(every[...])
        #expect(await heard.bytes(256) == every)
        #expect(port.send(every[...]))
        #expect(await answered.bytes(256) == every)
        port.close()
        device.unplug()
    }

    @Test("any speed is set as it was asked for", arguments: [50, 115_200, 921_600, 1_000_000, 3_000_000, 123_457])
    func speeds(rate: Int) throws {
        let device = try VirtualSerialPort()
        let line = try SerialLine.open(device.path, SerialSettings(baudRate: rate))
        #expect(device.baudRate == rate)
        line.prepareToClose()
    }

    @Test("settings can change while the port is open; what came in at the old ones is forgotten")
    func reconfigure() async throws {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        device.send([1, 2, 3])
        try port.configure(SerialSettings(baudRate: 921_600))
        #expect(device.baudRate == 921_600)
        device.send([4])
        #expect(await heard.bytes(1) == [4])
        port.close()
    }

    @Test("what was said before the port was opened is not heard")
    func stale() async throws {
        let device = try VirtualSerialPort()
        device.send([1, 2, 3])
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        device.send([4])
        #expect(await heard.bytes(1) == [4])
        port.close()
    }

    @Test("a device that is pulled out in the middle of a frame is gone once")
    func unplugged() async throws {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        device.send([0xEF, 0xBE, 1])
        _ = await heard.bytes(3)
        device.unplug()
        await heard.waitForDisconnect()
        #expect(!port.isOpen && !port.send([1]))
        port.close()
        #expect(heard.disconnects == 1)
    }

    @Test("a port that we close says nothing any more, though the device is then pulled out")
    func closed() async throws {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        port.close()
        port.close()
        device.unplug()
        await loopIterations(3)
        #expect(heard.disconnects == 0)
    }

    @Test("whoever takes the bytes may close the port there and then")
    func closedFromWithin() async throws {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        heard.onBytes = { port.close() }
        device.send([UInt8](repeating: 7, count: 100)[...])
        _ = await heard.bytes(100)
        #expect(!port.isOpen && heard.disconnects == 0)
    }

    @Test("a device that takes nothing fills the queue to its limit and no further, and is sent it all in order later")
    func backPressure() async throws {
        let device = try VirtualSerialPort()
        device.isPaused = true
        let port = try SerialPortRecorder().open(device.path)
        let answered = SerialPortRecorder()
        device.onReceive = { answered.receive($0) }
        let block = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 / 16) }
        var sent: [UInt8] = []
        while port.send(block[...]) { sent += block }
        #expect(port.queuedByteCount <= SerialPort.maximumQueuedBytes)
        #expect(port.queuedByteCount > SerialPort.maximumQueuedBytes - block.count)
        let (drained, continuation) = AsyncStream.makeStream(of: Void.self)
        port.onDrain = { continuation.finish() }
        device.isPaused = false
        for await _ in drained {}
        #expect(await answered.bytes(sent.count) == sent)
        #expect(port.queuedByteCount == 0 && port.send([1]))
        port.close()
    }

    @Test("the queue takes what fills it exactly, and not one byte more")
    func queueLimit() throws {
        let device = try VirtualSerialPort()
        let port = try SerialPortRecorder().open(device.path)
        #expect(!port.send([UInt8](repeating: 0, count: SerialPort.maximumQueuedBytes + 1)[...]))
        #expect(port.send([UInt8](repeating: 0, count: SerialPort.maximumQueuedBytes)[...]))
        port.close()
    }

    @Test("closing a port whose device has stopped taking bytes does not wait for it")
    func closeWithBacklog() throws {
        let device = try VirtualSerialPort()
        device.isPaused = true
        let port = try SerialPortRecorder().open(device.path)
        while port.send([UInt8](repeating: 0, count: 4_096)[...]) {}
        port.close()
        let again = try SerialPortRecorder().open(device.path)
        again.close()
    }
}
