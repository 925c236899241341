import CLinux
import Foundation
import Reactor
import Testing
import VirtualDevices

@testable import Serial

@Suite("Ports that cannot be had", .serialized) @ReactorActor
struct SerialErrorTests {
    @Test("a path without a device")
    func gone() {
        let error = openError("/dev/ttyUSB-none")
        #expect(error == .gone(path: "/dev/ttyUSB-none"))
        #expect(error?.description == "/dev/ttyUSB-none is not there; is the device plugged in?")
    }

    @Test("a file, a folder, another device", arguments: ["/dev/full", "/dev", "/proc/version"])
    func noSerialPort(path: String) {
        #expect(["not_serial_port", "no_permission"].contains(openError(path)?.name))
        #expect(path != "/dev/full" || openError(path) == .notSerialPort(path: path))
    }

    @Test("a port that somebody else has, and who")
    func busy() throws {
        let device = try VirtualSerialPort()
        // flock(1) runs its command with the lock held.
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        holder.arguments = ["--no-fork", device.path, "/bin/sh", "-c", "echo; read -r end"]
        let (input, output) = (Pipe(), Pipe())
        (holder.standardInput, holder.standardOutput) = (input, output)
        try holder.run()
        defer {
            try? input.fileHandleForWriting.close()
            holder.waitUntilExit()
        }
        _ = output.fileHandleForReading.availableData
        let error = openError(device.path)
        #expect(error == .busy(path: device.path, holder: holder.name))
        #expect(error?.description.hasSuffix("is in use by \(holder.name); stop that one first") == true)
    }

    @Test("a port that we have already; then one that we have given back")
    func twice() throws {
        let device = try VirtualSerialPort()
        let first = try SerialPortRecorder().open(device.path)
        #expect(openError(device.path) == .busy(path: device.path, holder: nil))
        first.close()
        #expect(openError(device.path) == nil)
    }

    @Test("no permission names the group that would have it")
    func permission() throws {
        let error = SerialError("open", on: "/dev/ptmx", code: EACCES)
        #expect(error.name == "no_permission")
        #expect(SerialError.noPermission(path: "/dev/ttyUSB0", group: "dialout").description.contains("group dialout:"))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("port-\(UUID())").path
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: file) }
        chmod(file, 0o660)
        let group = try FileManager.default.attributesOfItem(atPath: file)[.groupOwnerAccountName] as? String
        #expect(FileGroup.accessGroup(of: file) == group)
        chmod(file, 0o600)
        #expect(SerialError("open", on: file, code: EACCES) == .noPermission(path: file, group: nil))
    }

    @Test("what a sandbox keeps from us is no matter of groups")
    func forbidden() {
        let error = SerialError("open", on: "/dev/ttyUSB0", code: EPERM)
        #expect(error == .forbidden(path: "/dev/ttyUSB0"))
        #expect(error.name == "forbidden" && error.description.contains("DeviceAllow="))
    }

    @Test("a speed beyond all speeds")
    func speed() throws {
        let device = try VirtualSerialPort()
        #expect(openError(device.path, SerialSettings(baudRate: 0))?.name == "unsupported_rate")
    }

    // Other tests open files meanwhile, but not as many as a leak would leave.
    private static let slack = 100

    @Test("attempts that fail leave nothing open")
    func nothingLeft() throws {
        let device = try VirtualSerialPort()
        let holder = try SerialPortRecorder().open(device.path)
        let before = openDescriptors()
        for _ in 0..<300 { #expect(openError(device.path) != nil) }
        #expect(openDescriptors() < before + Self.slack)
        holder.close()
    }

    @Test("a thousand devices that come, speak and are pulled out leave as many descriptors as there were")
    func cycles() async throws {
        let before = openDescriptors()
        for cycle in 0..<1_000 {
            let device = try VirtualSerialPort()
            let heard = SerialPortRecorder()
            let port = try heard.open(device.path)
            device.send([1, 2, 3])
            _ = await heard.bytes(3)
            if cycle.isMultiple(of: 2) {
                device.unplug()
                await heard.waitForDisconnect()
            } else {
                port.close()
                device.unplug()
            }
        }
        #expect(openDescriptors() < before + Self.slack)
    }

    private func openError(_ path: String, _ settings: SerialSettings = SerialSettings()) -> SerialError? {
        do throws(SerialError) {
            try SerialPortRecorder().open(path, settings).close()
            return nil
        } catch {
            return error
        }
    }

    private func openDescriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
    }
}

extension Process {
    /// As the refusal of a busy port gives it.
    fileprivate var name: String { "sh (process \(processIdentifier))" }
}
