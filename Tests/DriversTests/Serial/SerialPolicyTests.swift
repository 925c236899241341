import Configuration
import Devices
import Hotplug
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
        guard case .probe(let settings) = policy.decision(for: port()) else {
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
        guard case .probe(let settings) = policy.decision(for: port("/dev/ttyACM0", vendor: 0x9999)) else {
            Issue.record("a mat without a variant must be probed")
            return
        }
        #expect(settings.baudRate == 921_600 && settings.controlLines == .asserted)
    }

    private func port(_ node: String = "/dev/ttyUSB0", vendor: UInt16 = 0x10C4) -> KnownPort {
        var description = PortDescription(node: node, systemPath: "/sys/1")
        (description.vendor, description.product, description.isUSB) = (vendor, 0xEA60, true)
        description.links = ["/dev/leadville/A1"]
        return KnownPort(description, as: .serialNumber("10c4:ea60-A1"))
    }
}

@Suite("Remembered baud rates") struct RememberedRatesTests {
    @Test("round-trips its text, skips invalid lines, and reports only changes as new")
    func text() {
        var rates = RememberedRates()
        let asked = [(115_200, "a"), (1_000_000, "b"), (115_200, "a"), (921_600, "a"), (9_600, "a b")]
        var news: [Bool] = []
        for (rate, port) in asked { news.append(rates.remember(rate, for: port)) }
        #expect(news == [true, true, false, true, false])
        #expect(RememberedRates(text: rates.text) == rates)
        let read = RememberedRates(text: rates.text + "\nx\ny z\nb 9600 3\nc -1\nd 99999999\n\0\u{FFFD}")
        #expect(read == rates && read["a"] == 921_600 && read["x"] == nil)
    }

    @Test("drops the oldest entry at the limit")
    func limit() {
        var rates = RememberedRates()
        for number in 0...RememberedRates.maximumPorts { rates.remember(9_600, for: "\(number)") }
        #expect(rates.rates.count == RememberedRates.maximumPorts && rates["0"] == nil && rates["1"] == 9_600)
    }
}

@Suite("Pseudo terminals named in rules") struct NamedTerminalsTests {
    private var terminals = NamedTerminals([
        .init("/run/range/mat", .mat), .init("/dev/pts/7", .heart), .init("/dev/leadville/*", .heart),
        .init("10c4", .none),
        .init("/dev/ttyUSB0", .heart),
    ])

    @Test("reports an existing terminal once, with the rule's path as its node")
    mutating func found() {
        let changes = terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"]))
        #expect(changes.map(\.text) == ["+port-run-range-mat /run/range/mat (/dev/pts/3)", "+port-pts-7 /dev/pts/7"])
        #expect(terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"])).isEmpty)
    }

    @Test("reports removals; a link with a new target is another device on the same port")
    mutating func moved() {
        _ = terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"]))
        #expect(
            terminals.poll(targets(["/run/range/mat": "/dev/pts/4"])).map(\.text) == [
                "-port-run-range-mat /run/range/mat (/dev/pts/3)", "+port-run-range-mat /run/range/mat (/dev/pts/4)",
                "-port-pts-7 /dev/pts/7",
            ])
        #expect(terminals.poll(targets([:])).map(\.text) == ["-port-run-range-mat /run/range/mat (/dev/pts/4)"])
    }

    @Test("ignores ports that udev reports and paths to anything but a pseudo terminal")
    mutating func others() {
        #expect(terminals.poll(targets(["/dev/ttyUSB0": "/dev/ttyUSB0", "/run/range/mat": "/dev/sda"])).isEmpty)
        #expect(NamedTerminals([.init("10c4", .heart), .init("/dev/tty*", .mat)]).isEmpty)
    }

    private func targets(_ targets: [String: String]) -> (String) -> String? {
        { targets[$0] }
    }
}

extension PortChange {
    fileprivate var text: String {
        switch self {
        case .added(let port): "+\(port.identity.text) \(port.description)"
        case .removed(let port): "-\(port.identity.text) \(port.description)"
        case .changed, .moved: "?"
        }
    }
}
