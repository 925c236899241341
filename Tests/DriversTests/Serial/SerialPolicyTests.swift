import Configuration
import Devices
import Hotplug
import Store
import Testing

@testable import Drivers

@Suite("Serial port policy") struct SerialPolicyTests {
    @Test("patterns match whole names; * matches anything")
    func patterns() {
        let table: [(String, String, Bool)] = [
            ("/dev/ttyUSB0", "/dev/ttyUSB0", true), ("/dev/ttyUSB0", "/dev/ttyUSB01", false), ("*", "anything", true),
            ("*", "", true), ("/dev/ttyUSB*", "/dev/ttyUSB12", true), ("/dev/ttyUSB*", "/dev/ttyACM0", false),
            ("*-00", "usb-A1-00", true), ("usb-*-00", "usb-00", false), ("usb-*-00", "usb--00", true),
            ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("a*b*bc", "abbc", true), ("a**b", "ab", true),
            ("", "", true), ("", "a", false), ("a*a", "a", false),
        ]
        for (pattern, name, expected) in table {
            #expect(PortPattern(pattern).matches(name) == expected, "\(pattern) \(name)")
        }
    }

    @Test(
        "a pattern matches a port by path, link, id, vendor or vendor and product",
        arguments: [
            "/dev/ttyUSB0", "/dev/leadville/A1", "/dev/leadville/*", "usb-10c4:ea60-A1", "10c4:ea60", "10c4",
        ])
    func names(pattern: String) {
        #expect(PortPattern(pattern).matches(port()))
        #expect(
            !PortPattern(pattern).matches(
                KnownPort(PortDescription(node: "/dev/ttyS0", systemPath: ""), as: .node("/dev/ttyS0"))))
    }

    @Test("by default, USB chips of known boards are probed and built-in ports are not")
    func standard() {
        let policy = SerialPolicy(Configuration.Serial())
        guard case .probe(let settings, _) = policy.decision(for: port()) else {
            Issue.record("not probed")
            return
        }
        #expect(settings.controlLines == .released && settings.baudRate == 115_200)
        let own = KnownPort(PortDescription(node: "/dev/ttyAMA0", systemPath: "/sys/x"), as: .node("/dev/ttyAMA0"))
        guard case .ignore = policy.decision(for: own) else {
            Issue.record("probed")
            return
        }
    }

    @Test("the first matching rule wins, also over probing; control lines are asserted for native USB")
    func rules() {
        var configuration = Configuration.Serial()
        configuration.ports = [
            .init("/dev/ttyUSB0", .mat, variant: "jq-32x32", lines: .asserted), .init("10c4", .none),
            .init("/dev/ttyACM*", .mat, baudRate: 921_600),
        ]
        let policy = SerialPolicy(configuration)
        guard case .use(let plan) = policy.decision(for: port()) else {
            Issue.record("rule not applied")
            return
        }
        #expect(plan.mat?.name == "jq-32x32" && plan.settings.baudRate == 1_000_000)
        #expect(plan.settings.controlLines == .asserted)
        #expect(policy.decision(for: port("/dev/ttyUSB1")) == .ignore(because: "excluded by serial.ports"))
        guard case .probe(let settings, _) = policy.decision(for: port("/dev/ttyACM0", vendor: 0x9999)) else {
            Issue.record("a mat without a variant must be probed")
            return
        }
        #expect(settings.baudRate == 921_600 && settings.controlLines == .asserted)
    }

    @Test("a rule's range applies to its mat, also when the variant is recognised")
    func range() {
        var configuration = Configuration.Serial()
        configuration.ports = [.init("10c4", .mat, variant: "text"), .init("9999", .mat)]
        let range = MatRange(full: 4_095)
        for index in configuration.ports.indices { configuration.ports[index].range = range }
        let policy = SerialPolicy(configuration)
        guard case .use(let plan) = policy.decision(for: port()),
            case .probe(_, let probed) = policy.decision(for: port(vendor: 0x9999))
        else {
            Issue.record("rule not applied")
            return
        }
        #expect(plan.mat == KnownMat.named("text")?.with(range) && plan.mat != KnownMat.named("text"))
        #expect(probed == range)
    }

    private func port(_ node: String = "/dev/ttyUSB0", vendor: UInt16 = 0x10C4) -> KnownPort {
        var description = PortDescription(node: node, systemPath: "/sys/1")
        (description.vendor, description.product, description.isUSB) = (vendor, 0xEA60, true)
        description.links = ["/dev/leadville/A1"]
        return KnownPort(description, as: .serialNumber("10c4:ea60-A1"))
    }
}

@Suite("Remembered baud rates") struct RememberedRatesTests {
    private func document(_ name: String, _ body: String) -> StoredDocument {
        StoredDocument(kind: .serialRate, name: name, body: Array(body.utf8))
    }

    @Test("stores new rates only, and skips invalid ones when they are read")
    func documents() {
        var rates = RememberedRates()
        var stored: [[StoreWrite]] = []
        for (rate, port) in [(115_200, "a"), (1_000_000, "b"), (115_200, "a"), (921_600, "a")] {
            stored.append(rates.remember(rate, for: port))
        }
        #expect(stored.map(\.count) == [1, 1, 0, 1])
        #expect(stored[3] == [.document(.serialRate, name: "a", body: Array("921600".utf8))])
        let read = RememberedRates([
            document("b", "1000000"), document("a", "921600"), document("x", ""), document("c", "-1"),
            document("d", "99999999"), document("e", "\0\u{FFFD}"),
            StoredDocument(kind: .device, name: "f", body: Array("9600".utf8)),
        ])
        #expect(read == rates && read["a"] == 921_600 && read["x"] == nil)
    }

    @Test("drops the oldest rate at the limit")
    func limit() {
        var rates = RememberedRates()
        var last: [StoreWrite] = []
        for number in 0...RememberedRates.maximumPorts { last = rates.remember(9_600, for: "\(number)") }
        #expect(rates.identities.count == RememberedRates.maximumPorts && rates["0"] == nil && rates["1"] == 9_600)
        #expect(last.last == .document(.serialRate, name: "0", body: nil))
    }
}
