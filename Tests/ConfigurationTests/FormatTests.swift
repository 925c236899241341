import Clocks
import Testing

@testable import Configuration

@Suite("How values are written") struct FormatTests {
    private func external(_ text: String) -> YAMLNode { YAMLNode(.scalar(YAMLScalar(text, .external)), at: .start) }

    @Test("numbers are those that people write, and nothing else")
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

    @Test("any finite number survives being written and read, seed 12")
    func numbersSurvive() {
        var random = SeededNumbers(state: 12)
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
        "times",
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
        "what is no time", arguments: ["", "s", "10 S", "10 m", "10s 5ms", "ten s", "1e3 s", "0x1 s", "- 1", "10\ts"])
    func noTimes(text: String) {
        let format = ValueFormat<Nanoseconds>.duration(from: .zero, to: .seconds(1_000_000))
        #expect(throws: ValueError.self) { try format.read(external(text)).get() }
    }

    @Test("limits hold at the limit and one beyond it")
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

    @Test("a fraction of a byte is no size")
    func wholeBytes() throws {
        let size = ValueFormat<Int>.size(from: 0, to: 1 << 30)
        #expect(try size.read(external("1.5 KiB")).get() == 1536)
        #expect(throws: ValueError.self) { try size.read(external("1.5")).get() }
        #expect(throws: ValueError.self) { try size.read(external("0.0001 KiB")).get() }
    }

    @Test("lists end at their limit")
    func lists() throws {
        let format = ValueFormat<[Int]>.list(of: .wholeNumber(in: 0...9), expected: "digits", maximum: 3)
        #expect(try format.read(external("1, 2,3")).get() == [1, 2, 3])
        #expect(try format.read(external("")).get() == [])
        #expect(throws: ValueError.outOfRange("a list of 4")) { try format.read(external("1,2,3,4")).get() }
    }

    @Test("hosts")
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

    @Test("any text survives being written and read, seed 11")
    func texts() throws {
        var random = SeededNumbers(state: 11)
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
