import Bluetooth
import Clocks
import Configuration
import Drivers
import Hotplug
import Reactor

/// Listens to the radio for a while and looks at the serial ports, beside whatever runs already: what the kernel finds it
/// tells everybody, and a port that somebody uses is left to them.
@ReactorActor
package enum Scan {
    /// - Parameter probing: which ports may be listened to; nil listens to none.
    package static func run(
        seconds: Int, adapter: Configuration.Bluetooth.Adapter, probing: Configuration.Serial?
    ) async -> ScanReport {
        var report = ScanReport()
        let span = Nanoseconds.seconds(Int64(seconds))
        let ports = ports(probing, &report)
        // Radio and cables are listened to at the same time.
        let probe = probing.map { PortProbe(ports, $0, for: span) }
        do throws(LinkError) {
            try await listen(span, adapter, &report)
        } catch {
            report.problems.append("Bluetooth: \(advice(error))")
        }
        let opinions = await probe?.results() ?? [:]
        for port in ports { report.add(port, opinions[port.identity]) }
        return report
    }

    /// Those that udev knows; whoever probes is told also of those that only a rule knows.
    private static func ports(_ probing: Configuration.Serial?, _ report: inout ScanReport) -> [KnownPort] {
        var terminals = NamedTerminals(probing?.ports ?? [])
        let named = terminals.poll().compactMap { change in
            if case .added(let port) = change { port } else { nil }
        }
        do throws(SystemError) {
            return try PortMonitor.ports() + named
        } catch {
            report.problems.append("serial ports cannot be listed: \(error)")
            return named
        }
    }

    private static func listen(
        _ span: Nanoseconds, _ wanted: Configuration.Bluetooth.Adapter, _ report: inout ScanReport
    ) async throws(LinkError) {
        let adapters = try BlockingManagementClient(try ManagementSocket()).adapters()
        guard let adapter = adapters.first(where: { matches($0, wanted) }) else {
            throw LinkError.noAdapter
        }
        let ear = ScanListener(adapter.number)
        let failure = try await ear.listen(try ManagementSocket(), for: span)
        if let failure { report.problems.append("\("hci\(adapter.number)"): \(failure)") }
        report.lines += ear.found.map { ScanReport.Line($0, adapter: adapter.number) }
    }

    private static func matches(
        _ adapter: (number: UInt16, info: AdapterInfo?), _ wanted: Configuration.Bluetooth.Adapter
    ) -> Bool {
        switch wanted {
        case .any: adapter.info?.supported.contains(.lowEnergy) ?? false
        case .number(let number): adapter.number == number
        case .address(let bits): adapter.info?.address.bits == bits
        }
    }

    private static func advice(_ loss: LinkError) -> String {
        switch loss {
        case .noBluetooth: "the kernel offers none here; leadville-gateway doctor says more"
        case .noAdapter: "there is no such adapter, or none that can do Low Energy; leadville-gateway doctor says more"
        case .permissionDenied: "this program is kept from it; try sudo"
        default: "\(loss)"
        }
    }
}

extension ScanReport {
    mutating func add(_ port: KnownPort, _ opinion: PortScanResult?) {
        lines.append(Line(port, opinion))
        if let trouble = opinion?.problem { problems.append(trouble) }
    }
}

extension ScanReport.Line {
    /// - Parameter opinion: nil when nobody was to listen.
    init(_ port: KnownPort, _ opinion: PortScanResult? = nil) {
        place = "serial"
        id = port.identity.text
        name = port.description.name
        (signal, services) = (nil, [])
        (family, confidence) = (opinion?.family, opinion?.confidence)
        let description = port.description
        let facts = [
            description.node, description.usbID.map { "USB \($0)" }, description.serialNumber.map { "serial \($0)" },
            description.driver.map { "driver \($0)" },
        ]
        let opinion = opinion?.text ?? "what it is, only its bytes can tell: --probe listens to them"
        reason = "\(facts.compactMap(\.self).joined(separator: ", ")); \(opinion)"
    }
}
