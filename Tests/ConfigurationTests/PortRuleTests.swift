import Testing

@testable import Configuration

@Suite("Rules for serial ports") struct PortRuleTests {
    typealias Rule = Configuration.Serial.PortRule

    @Test("a line is read word by word, in any order, and written back")
    func lines() {
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
        ]
        for (line, rule) in lines {
            #expect((try? Rule.parse(line).get()) == rule)
            #expect((try? Rule.parse(rule.text).get()) == rule)
        }
    }

    @Test("what is wrong with a line is said")
    func complaints() {
        let lines = [
            ("", "it names a port and a device at least"), ("/dev/ttyUSB0", "it names a port and a device at least"),
            ("/dev/ttyUSB0 esp32-hart", "did you mean esp32-heart?"), ("/dev/ttyUSB0 gun", "there is no such device"),
            ("a pressure-mat jq-32x23", "did you mean jq-32x32?"),
            ("a esp32-heart jq-32x32", "it does not know the word \"jq-32x32\""),
            ("a pressure-mat 49", "it has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat 12000001", "it has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat 9600 9600", "it has one speed, from 50 to 12000000 baud"),
            ("a pressure-mat assertd", "did you mean asserted?"),
            ("a\tb", "it is too long or holds unusual characters"),
            (String(repeating: "a", count: 1_025), "it is too long or holds unusual characters"),
        ]
        for (line, complaint) in lines {
            guard case .failure(let found) = Rule.parse(line) else {
                Issue.record("taken: \(line)")
                continue
            }
            #expect(found.text == complaint)
        }
    }

    @Test("every form of mat that there is can be named, and nothing else by mistake")
    func forms() {
        #expect((try? Rule.parse("a pressure-mat 50 grid-12x8").get())?.variant == "grid-12x8")
        #expect((try? Rule.parse("a none released released").get()) == nil)
    }
}
