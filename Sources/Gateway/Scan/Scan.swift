import Bluetooth
import Clocks
import Configuration
import Hotplug
import Reactor

/// Listens to the radio for a while and looks at the serial ports, beside whatever runs already: what the kernel finds it
/// tells everybody.
@ReactorActor
package enum Scan {
    package static func run(seconds: Int, adapter: Configuration.Bluetooth.Adapter) async -> ScanReport {
        var report = ScanReport()
        do throws(LinkLoss) {
            try await listen(Nanoseconds.seconds(Int64(seconds)), adapter, &report)
        } catch {
            report.troubles.append("Bluetooth: \(cure(error))")
        }
        do throws(SystemError) {
            report.lines += try PortMonitor.ports().map { ScanReport.Line($0) }
        } catch {
            report.troubles.append("serial ports cannot be listed: \(error)")
        }
        return report
    }

    private static func listen(
        _ span: Nanoseconds, _ wanted: Configuration.Bluetooth.Adapter, _ report: inout ScanReport
    ) async throws(LinkLoss) {
        let adapters = try ManagementInquiry(try ManagementSocket()).adapters()
        guard let adapter = adapters.first(where: { matches($0, wanted) }) else {
            throw LinkLoss.noAdapter
        }
        let ear = DiscoveryEar(adapter.number)
        let failure = try await ear.listen(try ManagementSocket(), for: span)
        if let failure { report.troubles.append("\("hci\(adapter.number)"): \(failure)") }
        report.lines += ear.heard.map { ScanReport.Line($0, adapter: adapter.number) }
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

    private static func cure(_ loss: LinkLoss) -> String {
        switch loss {
        case .noBluetooth: "the kernel offers none here; leadville-gateway doctor says more"
        case .noAdapter: "there is no such adapter, or none that can do Low Energy; leadville-gateway doctor says more"
        case .notAllowed: "this program is kept from it; try sudo"
        default: "\(loss)"
        }
    }
}

extension ScanReport.Line {
    init(_ port: KnownPort) {
        place = "serial"
        id = port.identity.text
        name = port.description.name
        (signal, family, confidence, services) = (nil, nil, nil, [])
        let description = port.description
        let facts = [
            description.node, description.usbID.map { "USB \($0)" }, description.serialNumber.map { "serial \($0)" },
            description.driver.map { "driver \($0)" },
        ]
        reason = facts.compactMap(\.self).joined(separator: ", ") + "; what it is, only its bytes can tell"
    }
}
