import CLinux
import Foundation
import Reactor
import TestSupport
import Testing
import VirtualDevices

@testable import Serial

@Suite("Serial ports that cannot be opened", .serialized) @ReactorActor
struct SerialErrorTests {
    @Test("a path without a device is gone")
    func gone() {
        let error = openError("/dev/ttyUSB-none")
        #expect(error == .gone(path: "/dev/ttyUSB-none"))
        #expect(error?.description == "/dev/ttyUSB-none does not exist: check that the device is plugged in")
    }

    @Test(
        "a file, a directory or another device is not a serial port", arguments: ["/dev/full", "/dev", "/proc/version"])
    func noSerialPort(path: String) {
        #expect(["not_serial_port", "no_permission"].contains(openError(path)?.name))
        #expect(path != "/dev/full" || openError(path) == .notSerialPort(path: path))
    }

    @Test("names the program that has the port open", .enabled(if: AddressSanitizer.allowsProcesses))
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
        #expect(error?.description.hasSuffix("is in use by \(holder.name); stop that program first") == true)
    }

    @Test("a port cannot be opened twice, and can be opened again after it is closed")
    func twice() throws {
        let device = try VirtualSerialPort()
        let first = try SerialPortRecorder().open(device.path)
        #expect(openError(device.path) == .busy(path: device.path, holder: nil))
        // A child process that is being started keeps no lock.
        let copies = copiesOfDescriptors(of: device.path)
        defer { for copy in copies { close(copy) } }
        #expect(!copies.isEmpty)
        first.close()
        #expect(openError(device.path) == nil)
    }

    @Test("a permission error names the group that has access")
    func permission() throws {
        let error = SerialError("open", on: "/dev/ptmx", code: EACCES)
        #expect(error.name == "no_permission")
        #expect(SerialError.noPermission(path: "/dev/ttyUSB0", group: "dialout").description.contains("group dialout "))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("port-\(UUID())").path
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: file) }
        chmod(file, 0o660)
        let group = try FileManager.default.attributesOfItem(atPath: file)[.groupOwnerAccountName] as? String
        #expect(FileGroup.accessGroup(of: file) == group)
        chmod(file, 0o600)
        #expect(SerialError("open", on: file, code: EACCES) == .noPermission(path: file, group: nil))
    }

    @Test("an access blocked by a sandbox is not reported as a matter of groups")
    func forbidden() {
        let error = SerialError("open", on: "/dev/ttyUSB0", code: EPERM)
        #expect(error == .forbidden(path: "/dev/ttyUSB0"))
        #expect(error.name == "forbidden" && error.description.contains("DeviceAllow="))
    }

    @Test("rejects an unsupported rate")
    func speed() throws {
        let device = try VirtualSerialPort()
        #expect(openError(device.path, SerialSettings(baudRate: 0))?.name == "unsupported_rate")
    }

    // Other tests open files in parallel, but fewer than a leak would leave.
    private static let slack = 100

    @Test("failed attempts leave no descriptor open")
    func nothingLeft() throws {
        let device = try VirtualSerialPort()
        let holder = try SerialPortRecorder().open(device.path)
        let before = openDescriptors()
        for _ in 0..<300 { #expect(openError(device.path) != nil) }
        #expect(openDescriptors() < before + Self.slack)
        holder.close()
    }

    @Test("a thousand devices that are plugged in, read and unplugged leak no descriptor")
    func cycles() async throws {
        let before = openDescriptors()
        for cycle in 0..<1_000 {
            let device = try VirtualSerialPort()
            let recorder = SerialPortRecorder()
            let port = try recorder.open(device.path)
            device.send([1, 2, 3])
            _ = await recorder.bytes(3)
            if cycle.isMultiple(of: 2) {
                device.unplug()
                await recorder.waitForDisconnect()
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
    /// As `SerialError.busy` names it.
    fileprivate var name: String { "sh (process \(processIdentifier))" }
}
