import Configuration
import Gateway
import Glibc
import Reactor

/// A gateway on one processor, and on another one the devices that it keeps: a timer, a strap and impact sensors. The links
/// between the two processes are pairs of packet sockets, which whoever starts them has made.
///
///     range-load house FD,FD,… [KEY=VALUE…]    the gateway, with these settings, until it is told to end
///     range-load devices FD,FD,…               the other ends, until all links have ended
///
/// The first descriptor is the timer's, the second the strap's, and all others are sensors'.
@main
struct RangeLoad {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2, let links = links(arguments[1]) else { usage() }
        switch arguments[0] {
        case "house": runGateway(links, Array(arguments.dropFirst(2)))
        case "devices" where arguments.count == 2: RangeDevices.run(on: links)
        default: usage()
        }
    }

    private static func runGateway(_ links: [Int32], _ settings: [String]) {
        Supervisor.run(
            { try ConfigurationSources(assignments: assignments(settings)).resolve() }, withDemo: false,
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
        print("usage: range-load house FD,FD,FD… [KEY=VALUE…] | range-load devices FD,FD,FD…")
        exit(2)
    }
}
