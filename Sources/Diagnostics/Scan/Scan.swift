import Bluetooth
import Clocks
import Configuration
import Drivers
import Hotplug
import Reactor

/// Scans for Bluetooth devices and probes serial ports. Works beside a running gateway: the kernel reports discovery
/// results to every listener, and a port in use is not touched.
@ReactorActor
package enum Scan {
    /// - Parameter probing: the configuration that names the ports to probe; nil to probe none.
    package static func run(
        seconds: Int, adapter: Configuration.Bluetooth.Adapter, probing: Configuration.Serial?
    ) async -> ScanReport {
        var report = ScanReport()
        let span = Nanoseconds.seconds(Int64(seconds))
        let ports = ports(probing, &report)
        // Scans radio and serial ports in parallel.
        let probe = probing.map { PortProbe(ports, $0, for: span) }
        do throws(LinkError) {
            try await listen(span, adapter, &report)
        } catch {
            report.problems.append("Bluetooth: \(advice(error))")
        }
        let results = await probe?.results() ?? [:]
        for port in ports { report.add(port, results[port.identity]) }
        return report
    }

    /// The ports that udev knows and, when probing, the pseudo terminals named in rules.
    private static func ports(_ probing: Configuration.Serial?, _ report: inout ScanReport) -> [KnownPort] {
        var terminals = NamedTerminals(probing?.ports ?? [])
        let named = terminals.poll().compactMap { change in
            if case .added(let port) = change { port } else { nil }
        }
        do throws(SystemError) {
            return try PortMonitor.ports() + named
        } catch {
            report.problems.append("cannot list serial ports: \(error)")
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
        let listener = ScanListener(adapter.number)
        let failure = try await listener.listen(try ManagementSocket(), for: span)
        if let failure { report.problems.append("\("hci\(adapter.number)"): \(failure)") }
        report.lines += listener.found.map { ScanReport.Line($0, adapter: adapter.number) }
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

    private static func advice(_ error: LinkError) -> String {
        switch error {
        case .noBluetooth: "no support in the kernel; see leadville-gateway doctor"
        case .noAdapter: "no such adapter, or none with Low Energy; see leadville-gateway doctor"
        case .permissionDenied: "access denied; try sudo"
        default: "\(error)"
        }
    }
}

extension ScanReport {
    mutating func add(_ port: KnownPort, _ result: PortScanResult?) {
        lines.append(Line(port, result))
        if let problem = result?.problem { problems.append(problem) }
    }
}

extension ScanReport.Line {
    /// - Parameter result: nil if the port was not to be probed.
    init(_ port: KnownPort, _ result: PortScanResult? = nil) {
        place = "serial"
        id = port.identity.text
        name = port.description.name
        (signal, services) = (nil, [])
        (family, confidence) = (result?.family, result?.confidence)
        let description = port.description
        let facts = [
            description.node, description.usbID.map { "USB \($0)" }, description.serialNumber.map { "serial \($0)" },
            description.driver.map { "driver \($0)" },
        ]
        let conclusion = result?.text ?? "device unknown: use --probe to identify it by its data"
        reason = "\(facts.compactMap(\.self).joined(separator: ", ")); \(conclusion)"
    }
}
