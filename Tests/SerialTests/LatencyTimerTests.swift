import Foundation
import Testing

@testable import Serial

@Suite("The timer after which an adapter hands bytes over")
struct LatencyTimerTests {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent("latency-\(UUID())")

    @Test("is set to a millisecond by whatever name the port is opened, and again when a replug has set it back")
    func shortened() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let timer = try plug("ttyUSB3")
        let port = root.appendingPathComponent("ttyUSB3"), link = root.appendingPathComponent("by-id")
        try Data().write(to: port)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: port)
        for path in [port.path, link.path] {
            // A file keeps what is not written over; the kernel reads each write as a number.
            try "96\n".write(to: timer, atomically: false, encoding: .utf8)
            #expect(LatencyTimer.shorten(for: path, under: classes))
            #expect(try String(contentsOf: timer, encoding: .utf8).first == "1")
        }
    }

    @Test("a port without one is none the worse")
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
