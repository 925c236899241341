import Configuration
import Devices
import Hotplug
import Testing

@testable import Drivers

@Suite("What may be done with a serial port") struct SerialPolicyTests {
    @Test("patterns match whole names, with * for anything")
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
        "a port is known by its path, its links, its identity, its vendor and its product",
        arguments: [
            "/dev/ttyUSB0", "/dev/leadville/A1", "/dev/leadville/*", "usb-10c4:ea60-A1", "10c4:ea60", "10c4",
        ])
    func names(pattern: String) {
        #expect(PortPattern(pattern).matches(port()))
        #expect(
            !PortPattern(pattern).matches(
                KnownPort(PortDescription(node: "/dev/ttyS0", systemPath: ""), as: .node("/dev/ttyS0"))))
    }

    @Test("by default chips on known boards are listened to, and ports of the machine itself are not")
    func standard() {
        let policy = SerialPolicy(Configuration.Serial())
        guard case .probe(let settings) = policy.decision(for: port()) else {
            Issue.record("not listened to")
            return
        }
        #expect(settings.controlLines == .released && settings.baudRate == 115_200)
        let own = KnownPort(PortDescription(node: "/dev/ttyAMA0", systemPath: "/sys/x"), as: .node("/dev/ttyAMA0"))
        guard case .ignore = policy.decision(for: own) else {
            Issue.record("listened to")
            return
        }
    }

    @Test("the first rule that fits counts, also against the probing; lines are raised where USB has no wire behind it")
    func rules() {
        var configuration = Configuration.Serial()
        configuration.ports = [
            .init("/dev/ttyUSB0", .mat, variant: "jq-32x32", lines: .asserted), .init("10c4", .none),
            .init("/dev/ttyACM*", .mat, baudRate: 921_600),
        ]
        let policy = SerialPolicy(configuration)
        guard case .use(let plan) = policy.decision(for: port()) else {
            Issue.record("the rule was not used")
            return
        }
        #expect(plan.mat?.name == "jq-32x32" && plan.settings.baudRate == 1_000_000)
        #expect(plan.settings.controlLines == .asserted)
        #expect(policy.decision(for: port("/dev/ttyUSB1")) == .ignore(because: "serial.ports says so"))
        guard case .probe(let settings) = policy.decision(for: port("/dev/ttyACM0", vendor: 0x9999)) else {
            Issue.record("a mat without a form must be listened to")
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

@Suite("Remembered speeds") struct RememberedRatesTests {
    @Test("the text reads back; nonsense is forgotten; what is known is no news")
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

    @Test("there is a limit, and the newest stay")
    func limit() {
        var rates = RememberedRates()
        for number in 0...RememberedRates.maximumPorts { rates.remember(9_600, for: "\(number)") }
        #expect(rates.rates.count == RememberedRates.maximumPorts && rates["0"] == nil && rates["1"] == 9_600)
    }
}
