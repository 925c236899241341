import Clocks
import Drivers
import JSON
import Logging
import Reactor
import ShootingRange
import Web

/// What a kiosk page shows of the machine.
package struct HostStatus: Sendable {
    package struct Interface: Sendable {
        package let name: String
        package let address: String
        package let isIPv6: Bool

        package init(name: String, address: String, isIPv6: Bool) {
            self.name = name
            self.address = address
            self.isIPv6 = isIPv6
        }
    }

    package let name: String
    package let platform: String
    package let release: String
    package let uptime: Nanoseconds
    /// Without the loopback interface.
    package let interfaces: [Interface]
    /// The wireless network that the machine uses.
    package let networkName: String?

    package init(
        name: String, platform: String, release: String, uptime: Nanoseconds, interfaces: [Interface],
        networkName: String?
    ) {
        self.name = name
        self.platform = platform
        self.release = release
        self.uptime = uptime
        self.interfaces = interfaces
        self.networkName = networkName
    }
}

/// The kiosk page: `/v1/kiosk/status`.
@ReactorActor
struct KioskRoutes {
    let host: @ReactorActor () -> HostStatus
    let stages: StageService
    let bluetooth: BluetoothManager?
    let version: String

    var routes: [PageRoute] { [PageRoute(.get, "/v1/kiosk/status", PageDocumentation.kiosk, status)] }

    private func status(_: HTTPRequest) throws(PageError) -> HTTPResponse {
        let host = host()
        return .object { writer in
            writer.member("timestamp", SystemClock.wall())
            writer.member("node_name", shown: host.name)
            writer.object("network") { writer in
                writer.member("mode", Self.mode(host))
                writer.member("ssid", shownOrNull: host.networkName)
                for (member, isIPv6) in [("ipv4", false), ("ipv6", true)] {
                    writer.key(member)
                    writer.beginArray()
                    for interface in host.interfaces where interface.isIPv6 == isIPv6 {
                        writer.string("\(interface.name): \(interface.address)")
                    }
                    writer.endArray()
                }
            }
            writer.object("services") { writer in
                writer.member("leadville_gateway", "running")
                writer.member("bluetooth", bluetooth?.isReady == true ? "running" : "inactive")
                writer.member("networking", host.interfaces.isEmpty ? "inactive" : "running")
            }
            writer.array("logs", Log.recentLines(20)) { line, writer in
                writer.string(PageText.shown("\(ISO8601.string(line.time)) \(line.level.label) \(line.message)"))
            }
            writer.object("system") { writer in
                writer.member("platform", shown: host.platform)
                writer.member("release", shown: host.release)
                writer.member("python_version", "LeadVille Gateway \(version)")
                writer.member("uptime", Self.text(host.uptime))
            }
        }
    }

    private static func mode(_ host: HostStatus) -> StaticString {
        let interfaces = host.interfaces
        if host.networkName != nil || interfaces.contains(where: { $0.name.hasPrefix("wl") }) { return "WiFi" }
        if interfaces.contains(where: { $0.name.hasPrefix("en") || $0.name.hasPrefix("eth") }) { return "Ethernet" }
        return "unknown"
    }

    /// For example `1h 20m 51s`.
    private static func text(_ span: Nanoseconds) -> String {
        let seconds = span.count / 1_000_000_000
        return "\(seconds / 3_600)h \(seconds / 60 % 60)m \(seconds % 60)s"
    }
}
