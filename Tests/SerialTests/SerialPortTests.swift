import Clocks
import Devices
import Foundation
import Reactor
import Serial
import Testing
import VirtualDevices

@testable import Serial

@Suite("Serial ports, on pseudo terminals", .serialized, .timeLimit(.minutes(10))) @ReactorActor
struct SerialPortTests {
    @Test("passes all 256 byte values unchanged in both directions")
    func bothWays() async throws {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder(), deviceRecorder = SerialPortRecorder()
        device.onReceive = { deviceRecorder.receive($0) }
        let port = try recorder.open(device.path)
        let every = [UInt8](0...255)
        device.send(every[...])
        #expect(await recorder.bytes(256) == every)
        #expect(port.send(every[...]))
        #expect(await deviceRecorder.bytes(256) == every)
        port.close()
        device.unplug()
    }

    @Test("sets any rate exactly", arguments: [50, 115_200, 921_600, 1_000_000, 3_000_000, 123_457])
    func speeds(rate: Int) throws {
        let device = try VirtualSerialPort()
        let line = try SerialLine.open(device.path, SerialSettings(baudRate: rate))
        #expect(device.baudRate == rate)
        line.prepareToClose()
    }

    @Test("discards unread bytes when the settings of an open port change")
    func reconfigure() async throws {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        device.send([1, 2, 3])
        device.waitForDelivery()
        try port.configure(SerialSettings(baudRate: 921_600))
        #expect(device.baudRate == 921_600)
        device.send([4])
        #expect(await recorder.bytes(1) == [4])
        port.close()
    }

    @Test("discards bytes that arrived before the port was opened")
    func stale() async throws {
        let device = try VirtualSerialPort()
        device.send([1, 2, 3])
        device.waitForDelivery()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        device.send([4])
        #expect(await recorder.bytes(1) == [4])
        port.close()
    }

    @Test("reports one disconnection when the device is unplugged in the middle of a frame")
    func unplugged() async throws {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        device.send([0xEF, 0xBE, 1])
        _ = await recorder.bytes(3)
        device.unplug()
        await recorder.waitForDisconnect()
        #expect(!port.isOpen && !port.send([1]))
        port.close()
        #expect(recorder.disconnects == 1)
    }

    @Test("a closed port does not report that its device is unplugged later")
    func closed() async throws {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        port.close()
        port.close()
        device.unplug()
        await loopIterations(3)
        #expect(recorder.disconnects == 0)
    }

    @Test("the receive callback may close the port")
    func closedFromWithin() async throws {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        recorder.onBytes = { port.close() }
        device.send([UInt8](repeating: 7, count: 100)[...])
        _ = await recorder.bytes(100)
        #expect(!port.isOpen && recorder.disconnects == 0)
    }

    @Test("a device that stops reading fills the queue to its limit; later it receives everything in order")
    func backPressure() async throws {
        let device = try VirtualSerialPort()
        device.isPaused = true
        let port = try SerialPortRecorder().open(device.path)
        let deviceRecorder = SerialPortRecorder()
        device.onReceive = { deviceRecorder.receive($0) }
        let block = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 / 16) }
        var sent: [UInt8] = []
        while port.send(block[...]) { sent += block }
        #expect(port.queuedByteCount <= SerialPort.maximumQueuedBytes)
        #expect(port.queuedByteCount > SerialPort.maximumQueuedBytes - block.count)
        let (drained, continuation) = AsyncStream.makeStream(of: Void.self)
        port.onDrain = { continuation.finish() }
        device.isPaused = false
        for await _ in drained {}
        #expect(await deviceRecorder.bytes(sent.count) == sent)
        #expect(port.queuedByteCount == 0 && port.send([1]))
        port.close()
    }

    @Test("the queue accepts exactly its limit")
    func queueLimit() throws {
        let device = try VirtualSerialPort()
        let port = try SerialPortRecorder().open(device.path)
        #expect(!port.send([UInt8](repeating: 0, count: SerialPort.maximumQueuedBytes + 1)[...]))
        #expect(port.send([UInt8](repeating: 0, count: SerialPort.maximumQueuedBytes)[...]))
        port.close()
    }

    @Test("closing a port does not wait for a device that has stopped reading")
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

@Suite("Latency timer of FTDI adapters")
struct LatencyTimerTests {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent("latency-\(UUID())")

    @Test("is set to 1 ms for a node and for a link to it, and again after a replug")
    func shortened() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let timer = try plug("ttyUSB3")
        let port = root.appendingPathComponent("ttyUSB3"), link = root.appendingPathComponent("by-id")
        try Data().write(to: port)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: port)
        for path in [port.path, link.path] {
            // A file keeps the rest of the old text, whereas sysfs would parse the write as a number.
            try "96\n".write(to: timer, atomically: false, encoding: .utf8)
            #expect(LatencyTimer.shorten(for: path, under: classes))
            #expect(try String(contentsOf: timer, encoding: .utf8).first == "1")
        }
    }

    @Test("a port without a latency timer is left unchanged")
    func absent() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        _ = try plug("ttyUSB3")
        let port = root.appendingPathComponent("ttyACM0")
        try Data().write(to: port)
        #expect(!LatencyTimer.shorten(for: port.path, under: classes))
        #expect(!LatencyTimer.shorten(for: root.appendingPathComponent("gone").path, under: classes))
    }

    private var classes: String { root.appendingPathComponent("class").path }

    private func plug(_ node: String) throws -> URL {
        let device = root.appendingPathComponent("class/\(node)/device")
        try FileManager.default.createDirectory(at: device, withIntermediateDirectories: true)
        return device.appendingPathComponent("latency_timer")
    }
}

@Suite("Virtual boards on serial ports", .serialized, .timeLimit(.minutes(10))) @ReactorActor
struct VirtualBoardTests {
    @Test("receives one minute of a heart board's output completely")
    func heartBoard() async throws {
        var board = VirtualHeartBoard(user: 1, seed: 5)
        let text = board.serialText(until: .seconds(60))
        #expect(try await transmit(text) == text)
    }

    @Test(
        "receives every frame of a mat; a frame cut off by unplugging is not counted", arguments: 1...3)
    func mat(seed: UInt64) async throws {
        let known = try #require(KnownMat.named("jq-32x32"))
        var mat = VirtualMat(VirtualMatFormat(known), seed: seed)
        let frames = (0..<50).map { _ in mat.next() }.filter { !$0.cells.isEmpty }
        let half = frames[0].bytes.prefix(500)
        let received = try await transmit(frames.flatMap(\.bytes) + half)
        var decoder = MatDecoder(known)
        var count = 0
        decoder.feed(received[...]) { if case .frame = $0 { count += 1 } }
        decoder.finish { if case .frame = $0 { count += 1 } }
        #expect(count == frames.count)
    }

    /// Sends bytes as fast as they are read, unplugs the device after the last one, and returns what was received.
    private func transmit(_ bytes: [UInt8]) async throws -> [UInt8] {
        let device = try VirtualSerialPort()
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path)
        var sent = 0
        while sent < bytes.count {
            let piece = bytes[sent..<min(sent + 2_048, bytes.count)]
            #expect(device.send(piece))
            sent = piece.endIndex
            _ = await recorder.bytes(sent)
        }
        device.unplug()
        await recorder.waitForDisconnect()
        #expect(!port.isOpen && device.lostBytes == 0)
        return await recorder.bytes(sent)
    }
}
