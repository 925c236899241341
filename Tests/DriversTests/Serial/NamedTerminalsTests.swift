import Configuration
import Hotplug
import Testing

@testable import Drivers

@Suite("Pseudo terminals that rules name") struct NamedTerminalsTests {
    private var terminals = NamedTerminals([
        .init("/run/range/mat", .mat), .init("/dev/pts/7", .heart), .init("/dev/leadville/*", .heart),
        .init("10c4", .none),
        .init("/dev/ttyUSB0", .heart),
    ])

    @Test("one that is there is a port by the rule's own words, once")
    mutating func found() {
        let changes = terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"]))
        #expect(changes.map(\.text) == ["+port-run-range-mat /run/range/mat (/dev/pts/3)", "+port-pts-7 /dev/pts/7"])
        #expect(terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"])).isEmpty)
    }

    @Test("one that goes is pulled out, and a link that leads elsewhere is another device at the same port")
    mutating func moved() {
        _ = terminals.poll(targets(["/run/range/mat": "/dev/pts/3", "/dev/pts/7": "/dev/pts/7"]))
        #expect(
            terminals.poll(targets(["/run/range/mat": "/dev/pts/4"])).map(\.text) == [
                "-port-run-range-mat /run/range/mat (/dev/pts/3)", "+port-run-range-mat /run/range/mat (/dev/pts/4)",
                "-port-pts-7 /dev/pts/7",
            ])
        #expect(terminals.poll(targets([:])).map(\.text) == ["-port-run-range-mat /run/range/mat (/dev/pts/4)"])
    }

    @Test("ports of which udev tells are left to udev, and whatever else a path may lead to is left alone")
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
