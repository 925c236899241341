import Clocks
import Configuration
import Devices
import Hotplug
import Reactor
import Serial
import SerialTestSupport
import Testing
import VirtualDevices

@testable import Diagnostics
@testable import Drivers

@Suite("Scans that probe serial ports", .serialized, .timeLimit(.minutes(10))) @ReactorActor
struct PortProbeTests {
    @Test("probes several ports in parallel: recognises a board, but not silence or unknown data")
    func listening() async throws {
        let bed = PortProbeTestBed()
        let (board, silent, modem) = (try bed.plug("board"), try bed.plug("silent"), try bed.plug("modem"))
        bed.start(for: .seconds(3))
        var heart = VirtualHeartBoard(user: 7, seed: 3)
        for piece in heart.serialText(until: .seconds(12)).chunks(of: 512) {
            board.send(piece)
            modem.send(Array("AT+CSQ OK \u{1}\u{2}ready>".utf8)[...])
            for device in [board, modem] { device.waitForDelivery() }
            await loopIterations(2)
        }
        await bed.advance(by: .seconds(3))
        let lines = await bed.lines()
        #expect(lines["board"]?.family == "esp32-heart" && lines["board"]?.confidence == "certain")
        #expect(lines["board"]?.reason.contains("; recognised: esp32-heart ") == true)
        #expect(lines["board"]?.reason.contains(" at 115200 baud, explaining ") == true)
        #expect(lines["silent"]?.family == nil)
        #expect(lines["silent"]?.reason.hasSuffix("; not recognised: no data received") == true)
        let mumbling = lines["modem"]?.reason ?? ""
        #expect(mumbling.contains("; not recognised: no decoder matches: "))
        #expect(mumbling.hasSuffix("; \(SerialSearch.allRates.count - 1) other rates not tried"))
        #expect(board.isFree && silent.isFree && modem.isFree)
        #expect(bed.problems.isEmpty)
    }

    @Test("tries every rate if time allows, and ends early")
    func everySpeed() async throws {
        let bed = PortProbeTestBed()
        let modem = try bed.plug("modem")
        bed.start(for: .seconds(3_600))
        for _ in SerialSearch.allRates {
            modem.send(Array("AT+CSQ OK \u{1}\u{2}ready>".utf8)[...])
            modem.waitForDelivery()
            await loopIterations(3)
            await bed.advance(by: .seconds(4))
        }
        let reason = await bed.lines()["modem"]?.reason ?? ""
        #expect(reason.contains("no decoder matches") && !reason.contains("not tried"))
        #expect(SerialSearch.allRates.allSatisfy { reason.contains("bytes at \($0) baud") })
    }

    @Test("does not open excluded or configured ports")
    func leftAlone() async throws {
        let bed = PortProbeTestBed(
            rules: [.init("usb-never", .none), .init("usb-written", .heart)], probe: ["usb-never"])
        let ports = try ["never", "written", "stranger"].map { try bed.plug($0) }
        bed.start(for: .seconds(10))
        #expect(ports.allSatisfy { $0.isFree })
        let lines = await bed.lines()
        #expect(lines["never"]?.reason.hasSuffix("; not probed: excluded by serial.ports") == true)
        #expect(lines["written"]?.family == "esp32-heart" && lines["written"]?.confidence == nil)
        #expect(lines["written"]?.reason.hasSuffix("; not probed: configured in serial.ports") == true)
        #expect(lines["stranger"]?.reason.contains("not named in serial.ports or serial.probe") == true)
    }

    @Test("probes nothing if serial ports are disabled")
    func switchedOff() async throws {
        let bed = PortProbeTestBed(enabled: false)
        _ = try bed.plug("board")
        bed.start(for: .seconds(10))
        #expect(await bed.lines()["board"]?.reason.hasSuffix("; not probed: serial.enabled is false") == true)
    }

    @Test("a port in use is not a problem; a missing port is")
    func busy() async throws {
        let bed = PortProbeTestBed()
        let (held, gone) = (try bed.plug("held"), try bed.plug("gone"))
        let holder = try #require(PortLock(held.path))
        gone.unplug()
        bed.start(for: .seconds(10))
        let lines = await bed.lines()
        #expect(
            lines["held"]?.reason.hasSuffix("\(held.path) is in use by another program; stop that program first")
                == true)
        #expect(bed.problems == ["\(gone.path) does not exist: check that the device is plugged in"])
        holder.release()
    }

    @Test("reports a port that is unplugged while it is probed")
    func pulledOut() async throws {
        let bed = PortProbeTestBed()
        let board = try bed.plug("board")
        bed.start(for: .seconds(10))
        board.unplug()
        #expect(await bed.lines()["board"]?.reason.hasSuffix("; not recognised: unplugged") == true)
    }

    @Test("explains who uses a port and which permission is missing")
    func words() {
        let gateway = PortScanResult.unavailable(
            .busy(path: "/dev/ttyUSB0", holder: "\(GatewayProcess.name) (process 12)"))
        let words = "in use by the running gateway (process 12); see its /api/serial"
        #expect(gateway.text == "not probed: \(words)" && gateway.problem == nil)
        let kept = PortScanResult.unavailable(.noPermission(path: "/dev/ttyUSB0", group: "dialout"))
        #expect(kept.text.contains("only members of the group dialout may open it") && kept.problem != nil)
    }
}

/// Virtual serial ports and a probe, on a simulated clock.
@ReactorActor
private final class PortProbeTestBed {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    private var configuration = Configuration.Serial()
    private var ports: [String: KnownPort] = [:]
    private var probe: PortProbe?
    private(set) var problems: [String] = []

    init(rules: [Configuration.Serial.PortRule] = [], probe: [String] = ["usb-*"], enabled: Bool = true) {
        configuration.ports = rules
        configuration.probe = probe
        configuration.enabled = enabled
    }

    /// Its id is `usb-NAME`.
    func plug(_ name: String) throws -> VirtualSerialPort {
        let device = try VirtualSerialPort()
        let description = PortDescription(node: device.path, systemPath: "/sys/\(name)")
        ports[name] = KnownPort(description, as: .serialNumber(name))
        return device
    }

    func start(for span: Nanoseconds) {
        probe = PortProbe(Array(ports.values), configuration, for: span, timers: timers)
    }

    func advance(by span: Nanoseconds) async {
        timers.advance(to: timers.now + span)
        await loopIterations(1)
    }

    /// The lines of the report by port name.
    func lines() async -> [String: ScanReport.Line] {
        let results = await probe?.results() ?? [:]
        var report = ScanReport()
        for port in ports.values { report.add(port, results[port.identity]) }
        problems = report.problems
        return Dictionary(uniqueKeysWithValues: report.lines.map { (String($0.id.dropFirst(4)), $0) })
    }
}

extension Array {
    fileprivate func chunks(of length: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
    }
}
