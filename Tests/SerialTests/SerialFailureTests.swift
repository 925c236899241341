import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Serial

@Suite("Serial ports whose system calls fail", .serialized, .timeLimit(.minutes(2))) @ReactorActor
struct SerialFailureTests {
    /// A call that opening needs, and how to let it fail.
    struct OpenStep: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let fail: @Sendable (inout SerialSystemCalls, Int32) -> Void
    }

    nonisolated static let openSteps = [
        OpenStep(testDescription: "open") { calls, code in calls.open = { _ in -code } },
        OpenStep(testDescription: "lock") { calls, code in calls.lock = { _ in -code } },
        OpenStep(testDescription: "exclusive") { calls, code in calls.setExclusive = { _, _ in -code } },
        OpenStep(testDescription: "first look") { calls, code in calls.baudRate = { _ in -code } },
        OpenStep(testDescription: "settings") { calls, code in calls.configure = { _, _ in -code } },
    ]

    nonisolated static let meanings: [(code: Int32, name: String)] = [
        (ENOENT, "gone"), (ENXIO, "gone"), (ENODEV, "gone"), (EIO, "gone"), (EACCES, "no_permission"),
        (EPERM, "forbidden"), (EBUSY, "busy"), (EWOULDBLOCK, "busy"), (ENOTTY, "not_serial_port"),
        (EMFILE, "failed"), (ENOMEM, "failed"), (EINTR, "failed"),
    ]

    @Test(
        "each call that opening needs, each way in which it may fail: the error says what that means",
        arguments: openSteps
    )
    func opening(stage: OpenStep) throws {
        let device = try VirtualSerialPort()
        for (code, name) in Self.meanings {
            var calls = SerialSystemCalls.kernel
            stage.fail(&calls, code)
            #expect(openError(device.path, calls)?.name == name, "\(errorText(code))")
        }
        // Nothing stayed open, or the lock would still be held.
        #expect(openError(device.path, .kernel) == nil)
    }

    @Test("lines that cannot be set, and a driver that does not hurry, keep nobody from reading")
    func optional() async throws {
        let device = try VirtualSerialPort()
        var calls = SerialSystemCalls.kernel
        calls.setLines = { _, _ in -EINVAL }
        calls.lowerLatency = { _ in -EPERM }
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path, calls: calls)
        #expect(!port.hasLowLatency)
        device.send([1])
        #expect(await heard.bytes(1) == [1])
        port.close()
        calls.lowerLatency = { _ in 0 }
        #expect(try SerialPortRecorder().open(device.path, calls: calls).hasLowLatency)
    }

    @Test("a chip that rounds a little is good enough, one that does another speed is not, and says which")
    func roundedRate() throws {
        let device = try VirtualSerialPort()
        for (offered, isGood) in [(923_077, true), (895_000, true), (890_000, false), (115_200, false)]
            as [(Int32, Bool)]
        {
            var calls = SerialSystemCalls.kernel
            calls.baudRate = { _ in offered }
            let refusal = openError(device.path, calls, SerialSettings(baudRate: 921_600))
            #expect((refusal == nil) == isGood)
            if let refusal {
                #expect(refusal == .unsupportedRate(path: device.path, wanted: 921_600, offered: Int(offered)))
                #expect(refusal.description.hasSuffix("cannot do 921600 baud; it would do \(offered)"))
            }
        }
        var calls = SerialSystemCalls.kernel
        calls.configure = { _, _ in -EINVAL }
        #expect(
            openError(device.path, calls) == .unsupportedRate(path: device.path, wanted: 115_200, offered: nil))
    }

    @Test("the port is locked before its lines move, both lines move in one call, and closing moves none")
    func order() throws {
        let device = try VirtualSerialPort()
        let log = CallLog()
        try SerialPortRecorder().open(device.path, calls: log.recording(.kernel)).close()
        #expect(
            log.names == [
                "open", "lock", "released", "exclusive", "configure", "discard", "lowerLatency", "discard", "shared",
            ])
        var settings = SerialSettings()
        settings.controlLines = .asserted
        try SerialPortRecorder().open(device.path, settings, calls: log.recording(.kernel)).close()
        #expect(log.names.contains("asserted"))
    }

    @Test(
        "nothing to read, and whatever else a read may say, means that the device is gone, once",
        arguments: [0, -EIO, -ENXIO, -ENODEV, -EBADF, -ECONNRESET] as [Int32])
    func gone(result: Int32) async throws {
        let device = try VirtualSerialPort()
        let script = ReadScript([3, Int(result), Int(result)])
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path, calls: script.calls)
        device.send([1, 2, 3])
        #expect(await heard.bytes(3) == [1, 2, 3])
        device.send([4])
        await heard.waitForDisconnect()
        await loopIterations(3)
        #expect(heard.disconnects == 1 && !port.isOpen && script.reads <= 2)
    }

    @Test("a read that is interrupted, or finds nothing yet, is tried again", arguments: [-EINTR, -EAGAIN])
    func again(result: Int32) async throws {
        let device = try VirtualSerialPort()
        let script = ReadScript([Int(result), Int(result), 3])
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path, calls: script.calls)
        device.send([1, 2, 3])
        #expect(await heard.bytes(3) == [1, 2, 3])
        #expect(heard.disconnects == 0)
        port.close()
    }

    @Test("a line that takes seven bytes now and none then is sent everything in order")
    func shortWrites() async throws {
        let device = try VirtualSerialPort()
        let answered = SerialPortRecorder()
        device.onReceive = { answered.receive($0) }
        let writes = CallCount()
        var calls = SerialSystemCalls.kernel
        calls.write = { number, bytes in
            switch writes.next() % 3 {
            case 0: -Int(EAGAIN)
            case 1: -Int(EINTR)
            default: SerialSystemCalls.kernel.write(number, UnsafeRawBufferPointer(rebasing: bytes.prefix(7)))
            }
        }
        let port = try SerialPortRecorder().open(device.path, calls: calls)
        let every = [UInt8](0...255)
        #expect(port.send(every[...]) && port.queuedByteCount == 256)
        #expect(await answered.bytes(256) == every)
        #expect(port.queuedByteCount == 0)
        port.close()
    }

    @Test("a write that fails ends nothing by itself: what the device said before it went is heard first")
    func failedWrite() async throws {
        let device = try VirtualSerialPort()
        var calls = SerialSystemCalls.kernel
        calls.write = { _, _ in -Int(EIO) }
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path, calls: calls)
        #expect(port.send([1]))
        device.send([9])
        #expect(await heard.bytes(1) == [9])
        #expect(port.isOpen && heard.disconnects == 0)
        device.unplug()
        await heard.waitForDisconnect()
        #expect(heard.disconnects == 1)
    }

    private func openError(
        _ path: String, _ calls: SerialSystemCalls, _ settings: SerialSettings = SerialSettings()
    ) -> SerialError? {
        do throws(SerialError) {
            try SerialPortRecorder().open(path, settings, calls: calls).close()
            return nil
        } catch {
            return error
        }
    }

    private func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
