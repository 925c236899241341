import Clocks
import Devices
import Network
import TestSupport
import Testing

@testable import Configuration

@Suite("Value formats") struct FormatTests {
    private func external(_ text: String) -> YAMLNode { YAMLNode(.scalar(YAMLScalar(text, .external)), at: .start) }

    @Test("parses plain decimal numbers only")
    func numbers() {
        for text in ["0", "7", "-7", "0.5", "-0.5", "10.25", "123456789012345678901234567890"] {
            #expect(DecimalNumber(text)?.value == Double(text), "\(text)")
        }
        for text in [
            "", "-", "+1", "00", "01", "1.", ".5", "1e3", "0x10", "1_000", "inf", "nan", "١", "1 ", " 1", "--1",
            "1.2.3",
            "1,5", String(repeating: "9", count: 400),
        ] {
            #expect(DecimalNumber(text) == nil, "\(text)")
        }
    }

    @Test("every finite number survives a round trip, seed 12")
    func numbersSurvive() {
        var random = SeededGenerator(seed: 12)
        for value in [0, 1, 0.3, 0.00001, 1e-300, Double.leastNonzeroMagnitude, 1e16, 1e22, 1.5e300, -2.5, -1e-7] {
            #expect(DecimalNumber(DecimalNumber.text(value))?.value == value, "\(value)")
        }
        #expect(DecimalNumber.text(0.00001) == "0.00001")
        #expect(DecimalNumber.text(1.25e-6) == "0.00000125")
        #expect(DecimalNumber.text(-2) == "-2")
        for _ in 0..<5_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(DecimalNumber(DecimalNumber.text(value))?.value == value, "\(value)")
        }
    }

    @Test(
        "parses durations",
        arguments: [
            ("10 s", 10_000_000_000), ("10s", 10_000_000_000), ("10", 10_000_000_000), ("1.5", 1_500_000_000),
            ("500 ms", 500_000_000), ("0.25ms", 250_000), ("3 us", 3_000), ("9 ns", 9), ("2 min", 120_000_000_000),
            ("1 h", 3_600_000_000_000), ("2 d", 172_800_000_000_000), ("0", 0), ("0 d", 0), ("1   s", 1_000_000_000),
        ] as [(String, Int64)])
    func times(text: String, nanoseconds: Int64) throws {
        let format = ValueFormat<Nanoseconds>.duration(from: .zero, to: .seconds(1_000_000))
        #expect(try format.read(external(text)).get() == Nanoseconds(nanoseconds))
        #expect(try format.read(external(format.write(Nanoseconds(nanoseconds)))).get() == Nanoseconds(nanoseconds))
    }

    @Test(
        "rejects invalid durations",
        arguments: ["", "s", "10 S", "10 m", "10s 5ms", "ten s", "1e3 s", "0x1 s", "- 1", "10\ts"])
    func noTimes(text: String) {
        let format = ValueFormat<Nanoseconds>.duration(from: .zero, to: .seconds(1_000_000))
        #expect(throws: ValueError.self) { try format.read(external(text)).get() }
    }

    @Test("accepts values at the limits and rejects values beyond")
    func limits() {
        let time = ValueFormat<Nanoseconds>.duration(from: .milliseconds(5), to: .seconds(2))
        let size = ValueFormat<Int>.size(from: 10, to: 2048)
        let number = ValueFormat<Double>.number(from: 0, open: true, to: 1)
        let whole = ValueFormat<Int>.wholeNumber(in: 1...3)
        func isAccepted<Value>(_ format: ValueFormat<Value>, _ text: String) -> Bool {
            (try? format.read(external(text)).get()) != nil
        }
        for text in ["5 ms", "2 s"] { #expect(isAccepted(time, text), "\(text)") }
        for text in ["4.999999 ms", "2000000001 ns", "99999999999 d", "-1"] {
            #expect(!isAccepted(time, text), "\(text)")
        }
        for text in ["10", "2 KiB", "2048 B"] { #expect(isAccepted(size, text), "\(text)") }
        for text in ["9", "2049", "99999999999 GiB", "-1"] { #expect(!isAccepted(size, text), "\(text)") }
        for text in ["0.0001", "1", "1.0"] { #expect(isAccepted(number, text), "\(text)") }
        for text in ["0", "0.0", "-0", "1.0001"] { #expect(!isAccepted(number, text), "\(text)") }
        for text in ["1", "3"] { #expect(isAccepted(whole, text), "\(text)") }
        for text in ["0", "4", "1.0", "2.5"] { #expect(!isAccepted(whole, text), "\(text)") }
    }

    @Test("rejects a fraction of a byte")
    func wholeBytes() throws {
        let size = ValueFormat<Int>.size(from: 0, to: 1 << 30)
        #expect(try size.read(external("1.5 KiB")).get() == 1536)
        #expect(throws: ValueError.self) { try size.read(external("1.5")).get() }
        #expect(throws: ValueError.self) { try size.read(external("0.0001 KiB")).get() }
    }

    @Test(
        "networks are an address and the length of a prefix",
        arguments: [
            ("192.168.4.0/24", true), ("192.168.4.9", true), ("fd00::/8", true), ("::1", true), ("0.0.0.0/0", true),
            ("10.0.0.0/33", false), ("::/129", false), ("10.0.0.0/", false), ("10.0.0.0/x", false), ("", false),
            ("board.local", false), ("fe80::1%eth0", false), ("256.0.0.1", false), ("10.0.0.0/8/8", false),
        ] as [(String, Bool)])
    func networks(text: String, isValid: Bool) {
        let format = ValueFormat<IPNetwork>.network
        #expect(((try? format.read(external(text)).get()) != nil) == isValid)
    }

    @Test("the key of a user is one word behind the user, and no message repeats it")
    func userKeys() throws {
        let format = ValueFormat<[Configuration.Heart.UserKey]>.list(of: .userKey, expected: "keys", maximum: 2)
        #expect(format.isSecret)
        let keys = try format.read(external("1 0123456789abcdef, Ann B another-key-of-16")).get()
        #expect(keys.map(\.user) == ["1", "Ann B"])
        #expect(keys.map(\.key) == ["0123456789abcdef", "another-key-of-16"])
        for text in ["0123456789abcdef", "1 0123456789abcde", "1 ", " 0123456789abcdef"] {
            let result = format.read(external(text))
            #expect(throws: ValueError.self) { try result.get() }
            if case .failure(let error) = result { #expect(!"\(error)".contains("0123456789abcde")) }
        }
    }

    @Test("rejects a list that is too long")
    func lists() throws {
        let format = ValueFormat<[Int]>.list(of: .wholeNumber(in: 0...9), expected: "digits", maximum: 3)
        #expect(try format.read(external("1, 2,3")).get() == [1, 2, 3])
        #expect(try format.read(external("")).get() == [])
        #expect(throws: ValueError.outOfRange("a list of 4")) { try format.read(external("1,2,3,4")).get() }
    }

    @Test("accepts valid hosts and rejects invalid ones")
    func hosts() {
        for host in [
            "localhost", "range.local", "a", "10.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%eth0",
            "2001:db8::8a2e:370:7334",
            "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "1::8", "raspberry_pi", "xn--bcher-kva.example", "9a",
        ] {
            #expect(HostName.problem(host) == nil, "\(host)")
        }
        for host in [
            "8000", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.", "a b", "-a", "a-", "a..b", "a.", "http://a", "a:80",
            "[::1]",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "::1%", "1.2.3.4::", "ä.de",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "b",
        ] {
            #expect(HostName.problem(host) != nil, "\(host)")
        }
    }

    @Test("every text survives a round trip, seed 11")
    func texts() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let length = Int.random(in: 0...12, using: &random)
            let scalars = (0..<length).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x2FFF), using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            var configuration = Configuration()
            configuration.store.file = text
            let setting = try #require(Schema.gateway.setting("store.file"))
            let root = YAMLDocument(Array(setting.text(in: configuration).utf8)).root
            #expect(root?.content == .scalar(YAMLScalar(text, .quoted)), "\(text.debugDescription)")
        }
    }
}

@Suite("Bluetooth adapter format") struct AdapterFormatTests {
    typealias Adapter = Configuration.Bluetooth.Adapter

    @Test(
        "parses an adapter's number or address and writes it back",
        arguments: [
            ("any", Adapter.any, "any"), ("hci0", .number(0), "hci0"), ("hci12", .number(12), "hci12"),
            ("00:1A:7D:DA:71:13", .address(0x001A_7DDA_7113), "\"00:1A:7D:DA:71:13\""),
            ("ff:ff:ff:ff:ff:ff", .address(0xFFFF_FFFF_FFFF), "\"FF:FF:FF:FF:FF:FF\""),
        ] as [(String, Adapter, String)])
    func words(text: String, adapter: Adapter, written: String) {
        #expect(Adapter(text: text) == adapter)
        #expect(adapter.text == written)
    }

    @Test(
        "rejects anything else",
        arguments: [
            "", "Any", "hci", "hci-1", "hci+1", "hci65535", "hci99999", "hci٣", "usb0", "00:1A:7D:DA:71",
            "00:1A:7D:DA:71:13:00", "00:1A:7D:DA:71:1G", "0:1A:7D:DA:71:13", "001A7DDA7113", "+0:1A:7D:DA:71:13",
        ])
    func rejects(text: String) {
        #expect(Adapter(text: text) == nil)
    }
}

@Suite("Serial port rules") struct PortRuleTests {
    typealias Rule = Configuration.Serial.PortRule

    @Test("parses a rule and writes it back")
    func lines() {
        var ranged = Rule("a", .mat, variant: "text")
        ranged.range = MatRange(rest: 20, full: 4_095)
        let lines: [(String, Rule)] = [
            ("/dev/ttyUSB0 esp32-heart", Rule("/dev/ttyUSB0", .heart)),
            ("10c4:* none", Rule("10c4:*", .none)),
            (
                "/dev/leadville/A1 pressure-mat jq-32x32 1000000 asserted",
                Rule("/dev/leadville/A1", .mat, variant: "jq-32x32", baudRate: 1_000_000, lines: .asserted)
            ),
            (
                " 0403  pressure-mat 3000000 released  jq-64x64",
                Rule("0403", .mat, variant: "jq-64x64", baudRate: 3_000_000, lines: .released)
            ),
            ("a pressure-mat text rest=20 full=4095", ranged),
        ]
        for (line, rule) in lines {
            #expect((try? Rule.parse(line).get()) == rule)
            #expect((try? Rule.parse(rule.text).get()) == rule)
        }
    }

    @Test("explains what is wrong with a rule")
    func errors() {
        let lines = [
            ("", "at least a port and a device are required"),
            ("/dev/ttyUSB0", "at least a port and a device are required"),
            ("/dev/ttyUSB0 esp32-hart", "did you mean esp32-heart?"), ("/dev/ttyUSB0 gun", "unknown device"),
            ("a pressure-mat jq-32x23", "did you mean jq-32x32?"),
            ("a esp32-heart jq-32x32", "unknown word \"jq-32x32\""),
            ("a pressure-mat 49", "a rule has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat 12000001", "a rule has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat 9600 9600", "a rule has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat assertd", "did you mean asserted?"),
            ("a pressure-mat full=-1", "rest and full are raw values from 0 to 1000000"),
            ("a pressure-mat full=1 full=2", "a rule has one rest and one full"),
            ("a pressure-mat full=9 rest=9", "rest and full must differ"),
            ("a esp32-heart full=9", "unknown word \"full=9\""),
            ("a\tb", "it is too long or contains invalid characters"),
            (String(repeating: "a", count: 1_025), "it is too long or contains invalid characters"),
        ]
        for (line, message) in lines {
            guard case .failure(let found) = Rule.parse(line) else {
                Issue.record("accepted: \(line)")
                continue
            }
            #expect(found.text == message)
        }
    }

    @Test("accepts every mat form and rejects repeated words")
    func forms() {
        #expect((try? Rule.parse("a pressure-mat 50 grid-12x8").get())?.variant == "grid-12x8")
        #expect((try? Rule.parse("a none released released").get()) == nil)
    }
}
