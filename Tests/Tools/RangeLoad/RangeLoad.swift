import Configuration
import Gateway
import Glibc
import Reactor

/// A gateway in one process and its virtual devices in another: a timer, a strap and impact sensors. The links between them
/// are pairs of packet sockets, which the parent process creates.
///
///     range-load gateway FD,FD,… [KEY=VALUE…]  the gateway with these settings, until it is stopped
///     range-load devices FD,FD,… [STRINGS]     the devices on the peer ends, until all links have ended; an hour of random
///                                              strings, or this many strings of eight hits, the first after five seconds
///
/// The first descriptor belongs to the timer, the second to the strap, and all others to sensors.
@main
struct RangeLoad {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2, let links = links(arguments[1]) else { usage() }
        switch arguments[0] {
        case "gateway": runGateway(links, Array(arguments.dropFirst(2)))
        case "devices" where arguments.count == 2: RangeDevices.run(RangeDevices.random(), on: links)
        case "devices" where arguments.count == 3:
            guard let strings = Int(arguments[2]), 1...1_000 ~= strings else { usage() }
            RangeDevices.run(RangeDevices.even(strings: strings, shots: 8, sensors: links.count - 2), on: links)
        default: usage()
        }
    }

    private static func runGateway(_ links: [Int32], _ settings: [String]) {
        Supervisor.run(
            { try ConfigurationSources(assignments: assignments(settings)).resolveWithOrigins() }, withDemo: false,
            radio: { PairedRadio(links) }, announce: { _ in })
    }

    private static func assignments(_ settings: [String]) -> [ConfigurationAssignment] {
        settings.map { setting in
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            return ConfigurationAssignment(option: setting, path: parts[0], value: parts.count > 1 ? parts[1] : "")
        }
    }

    private static func links(_ text: String) -> [Int32]? {
        let numbers = text.split(separator: ",").map { Int32($0) }
        guard 3...32 ~= numbers.count, !numbers.contains(nil) else { return nil }
        return numbers.compactMap(\.self)
    }

    private static func usage() -> Never {
        print("usage: range-load gateway FD,FD,FD… [KEY=VALUE…] | range-load devices FD,FD,FD… [STRINGS]")
        exit(2)
    }
}
