import Bluetooth
import Foundation
import Network
import Testing

@testable import Diagnostics
@testable import Drivers

@Suite("Doctor findings") struct DoctorTests {
    @Test(
        "reports an unavailable management socket and omits adapter checks",
        arguments: [
            (LinkError.noBluetooth, "the kernel has no Bluetooth support"), (.permissionDenied, "is denied"),
            (.other(.preparing, 12), "management socket unavailable"),
        ])
    func noBluetooth(loss: LinkError, words: String) {
        var facts = BluetoothChecks()
        facts.failure = loss
        facts.kernel = "6.12.43+deb13-amd64"
        let findings = facts.findings()
        #expect(findings.map(\.check) == ["bluetooth", "kernel"])
        #expect(findings[0].level == .bad && findings[0].text.contains(words) && findings[0].advice != nil)
        facts.isEnabled = false
        #expect(facts.findings().allSatisfy { $0.level == .good })
    }

    @Test("a missing, unresponsive, blocked or unmanageable adapter is bad, with advice")
    func adapters() {
        var facts = BluetoothChecks()
        #expect(facts.bad == ["adapter", "permission"])
        facts.adapters = [.init(number: 1, info: nil)]
        facts.switches = [.init(name: "phy0", isSoftBlocked: false, isHardBlocked: false)]
        facts.serviceCanManageAdapters = true
        #expect(facts.bad == ["hci1"])
        facts.switches = [
            .init(name: "hci1", isSoftBlocked: true, isHardBlocked: false),
            .init(name: "hci2", isSoftBlocked: true, isHardBlocked: true),
        ]
        #expect(facts.bad == ["hci1", "rfkill", "rfkill"])
        let advice = facts.findings().filter { $0.check == "rfkill" }.map(\.advice)
        #expect(advice == ["sudo rfkill unblock bluetooth", "use the hardware switch or the BIOS setting"])
        facts.canManageAdapters = true
        #expect(facts.findings().contains { $0.text.hasPrefix("CAP_NET_ADMIN present") })
    }

    @Test(
        "warns about kernels 6.1 only",
        arguments: [
            ("6.1.0-40-amd64", Finding.Level.caution), ("6.12.43", .good), ("6.10.1", .good), ("5.15.0", .good),
        ])
    func kernels(release: String, level: Finding.Level) {
        var facts = BluetoothChecks()
        facts.kernel = release
        #expect(facts.findings().first { $0.check == "kernel" }?.level == level)
    }

    @Test("whose datagrams are accepted, and a list that leaves out this machine's networks")
    func heartBoards() throws {
        var facts = HeartBoardCheck(addresses: ["192.168.4.1", "fe80::1%wlan0"])
        #expect(facts.findings().map(\.level) == [.good])
        facts.sources = [try IPNetwork("192.168.4.0/24")]
        facts.keyCount = 2
        #expect(facts.findings().first?.text == "datagrams are accepted from 192.168.4.0/24 only; 2 users need a key")
        facts.sources = [try IPNetwork("fe80::/64")]
        #expect(facts.findings().map(\.level) == [.good])
        facts.sources = [try IPNetwork("10.0.0.0/8"), try IPNetwork("fd00::/8")]
        #expect(facts.findings().map(\.level) == [.caution])
        // A single address is that of a board; without a network nothing can be said.
        facts.sources = [try IPNetwork("10.0.0.7")]
        #expect(facts.findings().map(\.level) == [.good])
        facts.sources = [try IPNetwork("10.0.0.0/8")]
        facts.addresses = []
        #expect(facts.findings().map(\.level) == [.good])
        facts.isEnabled = false
        #expect(facts.findings() == [])
    }

    @Test("a network port is free, the gateway's, in use by a program, or in use by an invisible one")
    func ports() {
        func judge(_ state: NetworkPortCheck.State) -> Finding {
            NetworkPortCheck(setting: "http.port", number: 8000, isUDP: false, state: state).finding()
        }
        #expect(judge(.free).level == .good)
        #expect(judge(.taken(by: .init(id: 7, name: "leadville-gatew"))).level == .good)
        let other = judge(.taken(by: .init(id: 512, name: "python3")))
        #expect(other.level == .bad)
        #expect(other.text == "TCP port 8000 (http.port) is in use by python3 (process 512)")
        #expect(other.advice?.contains("--set http.port=PORT") == true)
        #expect(judge(.taken(by: nil)).level == .caution)
    }

    @Test("finds listening sockets in the kernel's tables and ignores malformed lines")
    func sockets() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 x
               1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 x
               2: 00000000:22B8 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 333 2 x
               3: 00000000000000000000000000000000:1F40 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 444 1 x
            """
        #expect(SocketTable.inodes(table, port: 8_000, isUDP: false) == [111, 444])
        #expect(SocketTable.inodes(table, port: 8_888, isUDP: true) == [333])
        #expect(SocketTable.inodes("nonsense\n1 2 3\n: : : 0A : : : : : x", port: 8_000, isUDP: false).isEmpty)
    }

    @Test("serial ports: permission, holders and ModemManager")
    func serial() {
        var facts = SerialChecks()
        #expect(facts.findings().map(\.check) == ["dialout", "serial", "udev rules"])
        facts.isMember = true
        facts.hasModemManager = true
        facts.rules = .different(path: "/etc/x.rules")
        facts.ports = [
            .init(node: "/dev/ttyUSB0", description: "/dev/ttyUSB0", isAllowed: true, holder: "minicom (process 9)"),
            .init(
                node: "/dev/ttyUSB1", description: "/dev/ttyUSB1", isAllowed: true,
                holder: "leadville-gatew (process 8)"),
            .init(node: "/dev/ttyUSB2", description: "/dev/ttyUSB2", isAllowed: true, holder: nil),
        ]
        let levels = facts.findings().map(\.level)
        #expect(levels == [.good, .caution, .good, .good, .good, .caution])
        #expect(facts.findings()[1].text == "/dev/ttyUSB0 is in use by minicom (process 9)")
        facts.rules = nil
        #expect(facts.findings().filter { $0.check == "modemmanager" }.map(\.level) == [.caution])
    }

    @Test("host: configuration, state directory, disk and clock")
    func host() {
        var facts = HostChecks()
        facts.freeBytes = 600 << 20
        #expect(facts.findings().allSatisfy { $0.level == .good })
        facts.settings = .invalid("g.yaml:1:1: unknown key zzz")
        facts.stateFailure = .notWritable("/var: Permission denied")
        facts.freeBytes = 10 << 20
        facts.year = 1970
        #expect(facts.findings().map(\.level) == [.bad, .bad, .bad, .bad])
        facts.year = 2026
        facts.isSynchronised = false
        facts.freeBytes = 100 << 20
        #expect(facts.findings().map(\.level) == [.bad, .bad, .caution, .caution])
    }

    @Test("service: installed, enabled, running, with a watchdog")
    func service() throws {
        var facts = ServiceChecks()
        #expect(facts.findings().map(\.level) == [.caution])
        facts.unitPath = "/etc/systemd/system/leadville-gateway.service"
        facts.unit = try String(
            contentsOf: Self.repository.appendingPathComponent("systemd/leadville-gateway.service"), encoding: .utf8)
        #expect(facts.canManageAdapters)
        #expect(facts.findings().map(\.level) == [.caution, .caution, .good])
        (facts.isEnabled, facts.process) = (true, 4)
        #expect(facts.findings().allSatisfy { $0.level == .good })
        facts.unit = "[Service]\n# AmbientCapabilities=CAP_NET_ADMIN\n"
        #expect(!facts.canManageAdapters)
        #expect(facts.findings().map(\.level) == [.good, .caution])
    }

    @Test("finds the service's state directory from its unit and the configuration")
    func serviceState() throws {
        let shipped = ServiceUnit(
            try String(
                contentsOf: Self.repository.appendingPathComponent("systemd/leadville-gateway.service"), encoding: .utf8
            ))
        #expect(
            shipped.state(configured: "")
                == ServiceState(
                    path: "/var/lib/leadville-gateway", user: "leadville-gateway", isManaged: true, isBlocked: false))
        #expect(shipped.state(configured: "/var/lib/leadville-gateway/x")?.isBlocked == false)
        let elsewhere = try #require(shipped.state(configured: "/srv/gateway"))
        #expect(!elsewhere.isManaged && elsewhere.isBlocked)
        let unit = """
            [Service]
            User=other
            # StateDirectory=comment
            StateDirectory=one \
                two
            ProtectSystem = strict
            [Service]
            User=range
            StateDirectory=
            StateDirectory=three
            ReadWritePaths=-/srv/gateway
            """
        #expect(
            ServiceUnit(unit).state(configured: "/srv/gateway")
                == ServiceState(path: "/srv/gateway", user: "range", isManaged: false, isBlocked: false))
        #expect(ServiceUnit(unit).state(configured: "")?.path == "/var/lib/three")
        #expect(ServiceUnit("[Service]\nUser=x\n").state(configured: "") == nil)
        #expect(ServiceUnit("").state(configured: "/a")?.user == "root")
    }

    @Test("reports whether the service can write its state directory")
    func serviceStateFindings() {
        var facts = HostChecks()
        (facts.stateDirectory, facts.stateUser) = ("/srv/x", "range")
        #expect(facts.findings()[1].text == "/srv/x is writable for the service (user range)")
        facts.stateFailure = .notWritable("range has no write permission in /srv")
        #expect(
            facts.findings()[1].level == .bad
                && facts.findings()[1].advice?.hasPrefix("make it writable for range,") == true)
        facts.stateFailure = .blockedByUnit
        #expect(
            facts.findings()[1].level == .bad && facts.findings()[1].advice?.contains("ReadWritePaths=/srv/x") == true)
    }

    @Test("another user's write permission follows from the directory's mode")
    func othersPermissions() {
        #expect(SystemFiles.mayWrite("/tmp", user: "nobody"))
        #expect(!SystemFiles.mayWrite("/etc", user: "nobody"))
        #expect(SystemFiles.mayWrite("/etc", user: "root"))
        #expect(SystemFiles.mayWrite("/etc", user: "no-such-user"))
        #expect(SystemFiles.nearest("/etc/no/such/place") == "/etc" && SystemFiles.nearest("/tmp") == "/tmp")
    }

    @Test("the fingerprint of the shipped udev rules is current")
    func rules() throws {
        let file = Self.repository.appendingPathComponent("udev/\(UdevRules.name)")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            UdevRules.fingerprint(of: text) == UdevRules.fingerprint,
            "write 0x\(String(UdevRules.fingerprint(of: text), radix: 16, uppercase: true)) into SerialChecks.swift")
    }

    @Test("parses capabilities from /proc")
    func capabilities() {
        #expect(Capabilities.effective("Name:\tx\nCapEff:\t0000000000001000\n").contains(.networkAdministration))
        #expect(!Capabilities.effective("CapEff:\t0000000000002000\n").contains(.networkAdministration))
        #expect(Capabilities.effective("") == [])
    }

    @Test("the report is aligned, coloured on request, and unhealthy if one finding is bad")
    func report() {
        let report = DoctorReport(findings: [
            .good("clock", "synchronised"), .bad("udev rules", "none", advice: "install"),
        ])
        #expect(!report.isHealthy)
        #expect(
            report.text(inColour: false) == """
                  ok  clock       synchronised
                 BAD  udev rules  none
                                  → install

                1 good, 0 to look at, 1 bad

                """)
        #expect(report.text(inColour: true).hasPrefix("\u{1B}[32m  ok \u{1B}[0m clock"))
        #expect(
            report.json.hasPrefix(
                #"{"healthy":false,"findings":[{"check":"clock","level":"good","text":"synchronised"},"#))
        #expect(DoctorReport(findings: [.caution("a", "b", advice: "c")]).isHealthy)
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

extension BluetoothChecks {
    fileprivate var bad: [String] { findings().filter { $0.level == .bad }.map(\.check) }
}
