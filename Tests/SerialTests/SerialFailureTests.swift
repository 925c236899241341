import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Serial

@Suite("Serial ports whose system calls fail", .serialized, .timeLimit(.minutes(10))) @ReactorActor
struct SerialFailureTests {
    /// A call that opening needs, and how to make it fail.
    struct OpenStep: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let fail: @Sendable (inout SerialSystemCalls, Int32) -> Void
    }

    nonisolated static let openSteps = [
        OpenStep(testDescription: "open") { calls, code in calls.open = { _ in -code } },
        OpenStep(testDescription: "lock") { calls, code in calls.lock = { _ in -code } },
        OpenStep(testDescription: "exclusive") { calls, code in calls.setExclusive = { _, _ in -code } },
        OpenStep(testDescription: "baud rate") { calls, code in calls.baudRate = { _ in -code } },
        OpenStep(testDescription: "settings") { calls, code in calls.configure = { _, _ in -code } },
    ]

    nonisolated static let meanings: [(code: Int32, name: String)] = [
        (ENOENT, "gone"), (ENXIO, "gone"), (ENODEV, "gone"), (EIO, "gone"), (EACCES, "no_permission"),
        (EPERM, "forbidden"), (EBUSY, "busy"), (EWOULDBLOCK, "busy"), (ENOTTY, "not_serial_port"),
        (EMFILE, "failed"), (ENOMEM, "failed"), (EINTR, "failed"),
    ]

    @Test(
        "each failure of each call that opening needs maps to a typed error", arguments: openSteps
    )
    func opening(stage: OpenStep) throws {
        let device = try VirtualSerialPort()
        for (code, name) in Self.meanings {
            var calls = SerialSystemCalls.kernel
            stage.fail(&calls, code)
            #expect(openError(device.path, calls)?.name == name, "\(errorText(code))")
        }
        // If a descriptor had stayed open, the lock would still be held.
        #expect(openError(device.path, .kernel) == nil)
    }

    @Test("a port without control lines or low latency can be read")
    func optional() async throws {
        let device = try VirtualSerialPort()
        var calls = SerialSystemCalls.kernel
        calls.setLines = { _, _ in -EINVAL }
        calls.lowerLatency = { _ in -EPERM }
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path, calls: calls)
        #expect(!port.hasLowLatency)
        device.send([1])
        #expect(await recorder.bytes(1) == [1])
        port.close()
        calls.lowerLatency = { _ in 0 }
        #expect(try SerialPortRecorder().open(device.path, calls: calls).hasLowLatency)
    }

    @Test("accepts a rate within 3 percent of the requested one; otherwise reports the rate that the driver offers")
    func roundedRate() throws {
        let device = try VirtualSerialPort()
        for (offered, isGood) in [(923_077, true), (895_000, true), (890_000, false), (115_200, false)]
            as [(Int32, Bool)]
        {
            var calls = SerialSystemCalls.kernel
            calls.baudRate = { _ in offered }
            let error = openError(device.path, calls, SerialSettings(baudRate: 921_600))
            #expect((error == nil) == isGood)
            if let error {
                #expect(error == .unsupportedRate(path: device.path, wanted: 921_600, offered: Int(offered)))
                #expect(error.description.hasSuffix("does not support 921600 baud; the driver offers \(offered)"))
            }
        }
        var calls = SerialSystemCalls.kernel
        calls.configure = { _, _ in -EINVAL }
        #expect(
            openError(device.path, calls) == .unsupportedRate(path: device.path, wanted: 115_200, offered: nil))
    }

    @Test("locks the port before it changes control lines, changes both in one call, and changes none on close")
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
        "an end of file and any other read error report a disconnection, once",
        arguments: [0, -EIO, -ENXIO, -ENODEV, -EBADF, -ECONNRESET] as [Int32])
    func gone(result: Int32) async throws {
        let device = try VirtualSerialPort()
        let script = ReadScript([3, Int(result), Int(result)])
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path, calls: script.calls)
        device.send([1, 2, 3])
        #expect(await recorder.bytes(3) == [1, 2, 3])
        device.send([4])
        await recorder.waitForDisconnect()
        await loopIterations(3)
        #expect(recorder.disconnects == 1 && !port.isOpen && script.reads <= 2)
    }

    @Test("retries an interrupted or empty read", arguments: [-EINTR, -EAGAIN])
    func again(result: Int32) async throws {
        let device = try VirtualSerialPort()
        let script = ReadScript([Int(result), Int(result), 3])
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path, calls: script.calls)
        device.send([1, 2, 3])
        #expect(await recorder.bytes(3) == [1, 2, 3])
        #expect(recorder.disconnects == 0)
        port.close()
    }

    @Test("short and interrupted writes send all bytes in order")
    func shortWrites() async throws {
        let device = try VirtualSerialPort()
        let deviceRecorder = SerialPortRecorder()
        device.onReceive = { deviceRecorder.receive($0) }
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
        #expect(await deviceRecorder.bytes(256) == every)
        #expect(port.queuedByteCount == 0)
        port.close()
    }

    @Test("a failed write does not end the port: bytes received before the disconnection are delivered first")
    func failedWrite() async throws {
        let device = try VirtualSerialPort()
        var calls = SerialSystemCalls.kernel
        calls.write = { _, _ in -Int(EIO) }
        let recorder = SerialPortRecorder()
        let port = try recorder.open(device.path, calls: calls)
        #expect(port.send([1]))
        device.send([9])
        #expect(await recorder.bytes(1) == [9])
        #expect(port.isOpen && recorder.disconnects == 0)
        device.unplug()
        await recorder.waitForDisconnect()
        #expect(recorder.disconnects == 1)
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
