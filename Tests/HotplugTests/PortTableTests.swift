import TestSupport
import Testing

@testable import Hotplug

@Suite("Port table")
struct PortTableTests {
    private var table = PortTable()

    @Test("a device that returns with another node keeps its identity")
    mutating func replugged() {
        let first = port("ttyUSB0", socket: "1", serial: "A1")
        let again = port("ttyUSB3", socket: "2", serial: "A1")
        #expect(table.apply(.present(first)) == [.added(known(first, .serialNumber("10c4:ea60-A1-00")))])
        #expect(
            table.apply(.removed(systemPath: first.systemPath))
                == [.removed(known(first, .serialNumber("10c4:ea60-A1-00")))])
        #expect(table.apply(.present(again)) == [.added(known(again, .serialNumber("10c4:ea60-A1-00")))])
    }

    @Test("identifies two adapters without serial numbers by their sockets, in either order")
    func alike() {
        let left = port("ttyUSB0", socket: "1.1"), right = port("ttyUSB1", socket: "1.2")
        var forward = PortTable(), backward = PortTable()
        for each in [left, right] { _ = forward.apply(.present(each)) }
        for each in [right, left] { _ = backward.apply(.present(each)) }
        #expect(forward.all == backward.all)
        #expect(Set(forward.all.map(\.identity.text)).count == 2)
    }

    @Test("two adapters with the same serial number are two devices")
    mutating func sameSerialNumber() {
        let first = port("ttyUSB0", socket: "1", serial: "A1"), second = port("ttyUSB1", socket: "2", serial: "A1")
        _ = table.apply(.present(first))
        #expect(table.apply(.present(second)) == [.added(known(second, .place("10c4:ea60-pci-usb-0:2-00")))])
    }

    @Test("distinguishes the ports of one device")
    mutating func severalPorts() {
        var second = port("ttyUSB1", socket: "1", serial: "A1")
        second.interface = "01"
        _ = table.apply(.present(port("ttyUSB0", socket: "1", serial: "A1")))
        #expect(table.apply(.present(second)) == [.added(known(second, .serialNumber("10c4:ea60-A1-01")))])
    }

    @Test("a repeated event changes nothing; a new link is a change; another device in the same socket is a new port")
    mutating func changes() {
        var first = port("ttyUSB0", socket: "1", serial: "A1")
        _ = table.apply(.present(first))
        #expect(table.apply(.present(first)) == [])
        first.links = ["/dev/leadville/A1"]
        #expect(table.apply(.present(first)) == [.changed(known(first, .serialNumber("10c4:ea60-A1-00")))])
        let other = port("ttyUSB0", socket: "1", serial: "B2")
        #expect(
            table.apply(.present(other)) == [
                .removed(known(first, .serialNumber("10c4:ea60-A1-00"))),
                .added(known(other, .serialNumber("10c4:ea60-B2-00"))),
            ])
        #expect(table.apply(.removed(systemPath: "/sys/nothing")) == [])
    }

    @Test("a port that the system moves keeps its identity")
    mutating func moved() {
        let old = port("ttyUSB0", socket: "1"), new = port("ttyUSB1", socket: "1")
        _ = table.apply(.present(old))
        #expect(
            table.apply(.moved(new, from: old.systemPath))
                == [.moved(known(new, .place("10c4:ea60-pci-usb-0:1-00")), from: "/dev/ttyUSB0")])
        #expect(table.apply(.moved(new, from: "/sys/nothing")) == [])
        #expect(table.all.map(\.description) == [new])
    }

    @Test("a snapshot after lost events reports removed, added and moved ports")
    mutating func reconciled() {
        let gone = port("ttyUSB0", socket: "1", serial: "A1"), stays = port("ttyUSB1", socket: "2", serial: "B2")
        let moves = port("ttyUSB2", socket: "3", serial: "C3"), moved = port("ttyUSB0", socket: "4", serial: "C3")
        let comes = port("ttyUSB2", socket: "5", serial: "D4")
        for each in [gone, stays, moves] { _ = table.apply(.present(each)) }
        #expect(
            table.reconcile([stays, moved, comes]) == [
                .removed(known(gone, .serialNumber("10c4:ea60-A1-00"))),
                .moved(known(moved, .serialNumber("10c4:ea60-C3-00")), from: "/dev/ttyUSB2"),
                .added(known(comes, .serialNumber("10c4:ea60-D4-00"))),
            ])
        #expect(table.reconcile([stays, moved, comes]) == [])
    }

    @Test("a snapshot corrects the table after any loss of events", arguments: 1...200)
    func anyLoss(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world: [String: PortDescription] = [:]
        var table = PortTable()
        for _ in 0..<60 {
            let node = "ttyUSB\(Int.random(in: 0..<6, using: &random))"
            let event: PortEvent
            if let present = world.removeValue(forKey: node) {
                event = .removed(systemPath: present.systemPath)
            } else {
                let serial = Bool.random(using: &random) ? "S\(Int.random(in: 0..<4, using: &random))" : nil
                let socket = "\(Int.random(in: 0..<1_000, using: &random))"
                let new = port(node, socket: socket, serial: serial)
                world[node] = new
                event = .present(new)
            }
            if Bool.random(using: &random) { _ = table.apply(event) }
        }
        _ = table.reconcile(Array(world.values))
        #expect(table.all.map(\.description) == world.values.sorted { $0.node < $1.node })
        #expect(Set(table.all.map(\.identity)).count == world.count)
        #expect(table.reconcile(Array(world.values)) == [])
    }

    @Test("counts ports beyond the limit")
    mutating func limit() {
        for index in 0..<PortTable.maximumPorts + 3 {
            _ = table.apply(.present(port("ttyUSB\(index)", socket: "\(index)")))
        }
        #expect(table.all.count == PortTable.maximumPorts && table.ignoredPorts == 3)
    }
}

private func port(_ node: String, socket: String, serial: String? = nil) -> PortDescription {
    var port = PortDescription(node: "/dev/\(node)", systemPath: "/sys/devices/usb1/\(socket)/\(node)")
    (port.isUSB, port.vendor, port.product, port.serialNumber) = (true, 0x10C4, 0xEA60, serial)
    (port.interface, port.place) = ("00", "pci-usb-0:\(socket)")
    return port
}

private func known(_ description: PortDescription, _ identity: PortIdentity) -> KnownPort {
    KnownPort(description, as: identity)
}
