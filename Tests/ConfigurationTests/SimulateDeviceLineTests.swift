import Clocks
import Devices
import Events
import Testing

@testable import Configuration

@Suite("Command line of simulated devices") struct SimulateDeviceLineTests {
    private func parse(_ line: String) throws -> ParsedCommand {
        try CommandLineParser.parse(line.split(separator: " ").map(String.init))
    }

    private func device(
        _ family: DeviceFamily, _ command: CommandName, _ change: (inout SimulateDeviceOptions) -> Void = { _ in }
    ) -> ParsedCommand {
        var options = SimulateDeviceOptions(family, in: command)
        change(&options)
        return .simulate(options)
    }

    @Test("every device has a simulate command", arguments: DeviceDrivers.families)
    func names(family: DeviceFamily) throws {
        let command = try #require(CommandName(rawValue: "simulate \(family.rawValue)"))
        #expect(command.simulatedDevice == family)
        #expect(try parse("simulate \(family.rawValue)") == device(family, command))
    }

    @Test("parses options")
    func options() throws {
        let line =
            "simulate bt50 --seed 7 --seconds 1.5 --script a.txt --fault reset --fault=small-mtu --fast --sensor 2"
        let expected = device(.bt50, .simulateDevice(.bt50)) {
            $0.seed = 7
            $0.duration = .milliseconds(1_500)
            $0.script = "a.txt"
            $0.faults = ["reset", "small-mtu"]
            $0.isFast = true
            $0.sensor = 2
        }
        #expect(try parse(line) == expected)
        #expect(
            try parse("simulate bt50 --type single")
                == device(.bt50, .simulateDevice(.bt50)) { $0.sensorType = "single" })
        #expect(try parse("simulate bt50 --now-data") == device(.bt50, .simulateDevice(.bt50)) { $0.nowData = true })
        #expect(
            try parse("simulate sg-timer --list --fast")
                == device(.sgTimer, .simulateDevice(.sgTimer)) {
                    $0.listsFaults = true
                    $0.isFast = true
                })
        let mat = device(.pressureMat, .simulateDevice(.pressureMat)) {
            $0.variant = "jq-32x32"
            $0.usesTerminal = true
        }
        #expect(try parse("simulate pressure-mat --form jq-32x32 --pty") == mat)
        #expect(
            try parse("simulate esp32-heart --pty")
                == device(.esp32Heart, .simulateDevice(.esp32Heart)) {
                    $0.variant = "serial"
                    $0.usesTerminal = true
                })
    }

    @Test(
        "parses the URL for messages",
        arguments: [
            ("http://127.0.0.1:8000/data", "127.0.0.1", 8000, "/data"), ("http://[::1]:1", "::1", 1, "/"),
            ("http://a.local:80/x?y=z", "a.local", 80, "/x?y=z"),
        ])
    func destinations(text: String, host: String, port: Int, path: String) throws {
        let address = try #require(PostAddress(text))
        #expect(address.server == HostAndPort(host: host, port: port))
        #expect(address.path == path)
        #expect(
            try parse("simulate sensor-logger --to \(text)")
                == device(.sensorLogger, .simulateDevice(.sensorLogger)) { $0.destination = address })
    }

    @Test(
        "rejects invalid URLs",
        arguments: [
            "", "127.0.0.1:80", "https://a:80/", "http://a", "http://:80/", "http://a:80/ b", "http://a:80/\r\n",
        ])
    func noDestinations(text: String) {
        #expect(PostAddress(text) == nil)
    }

    @Test(
        "rejects invalid command lines",
        arguments: [
            (
                "simulate bt50 --fast", CommandName.simulateDevice(.bt50),
                "--fast: it would never end; limit it with --seconds or --script"
            ),
            (
                "simulate pressure-mat --fast --pty --seconds 1", .simulateDevice(.pressureMat),
                "--fast: the receiver needs the device's own pace"
            ),
            (
                "simulate esp32-heart --form datagram --pty", .simulateDevice(.esp32Heart),
                "--pty: a serial port does not send datagrams; use --form serial"
            ),
            (
                "simulate esp32-heart --binary", .simulateDevice(.esp32Heart),
                "--binary: esp32-heart sends messages in this form, and raw bytes do not show where a message ends"
            ),
            (
                "simulate pressure-mat --binary --pty", .simulateDevice(.pressureMat),
                "--binary: a serial port always carries raw bytes"
            ),
            ("simulate amg-commander --type single", .simulateDevice(.amgCommander), "unknown option --type"),
            ("simulate bt50 --pty", .simulateDevice(.bt50), "unknown option --pty"),
            (
                "simulate bt50 --sensor 0", .simulateDevice(.bt50),
                "--sensor: expected a whole number from 1 to 64, but found \"0\""
            ),
            (
                "simulate bt50 --seconds 0", .simulateDevice(.bt50),
                "--seconds: expected a number above 0 and at most 31536000, but found \"0\""
            ),
            (
                "simulate sensor-logger --to a:80", .simulateDevice(.sensorLogger),
                "--to: expected an address such as http://127.0.0.1:8000/data, but found \"a:80\""
            ),
            ("simulate bt05", .simulate, "unknown command \"bt05\"; did you mean simulate bt50?"),
        ])
    func rejects(line: String, command: CommandName, message: String) {
        #expect {
            try parse(line)
        } throws: { error in
            let error = error as? UsageError
            return error?.description == message && error?.command == command
        }
    }

    @Test("suggests the nearest form of a mat")
    func forms() {
        #expect {
            try parse("simulate pressure-mat --form jq-32x23")
        } throws: { error in
            let error = error as? UsageError
            return error?.description.hasSuffix("but found \"jq-32x23\"; did you mean jq-32x32?") == true
        }
    }
}
