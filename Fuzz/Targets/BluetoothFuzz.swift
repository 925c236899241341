import Bluetooth
import Clocks

/// Arbitrary packets from a Bluetooth device, each preceded by a length byte.
///
/// Every operation ends exactly once, packets sent fit the MTU, and two clients with the same input behave identically.
enum ATTFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        var (first, second) = (Conversation(), Conversation())
        var rest = input
        while let length = rest.popFirst() {
            let packet = rest.prefix(Int(length))
            rest = rest.dropFirst(packet.count)
            try first.receive(packet)
            try second.receive(Array(packet)[...])
            try require(first.events == second.events, "two clients handled the same packet differently")
        }
        try first.close()
    }

    private struct Conversation {
        private var client = GATTClient()
        private var started = 0
        private var finished = 0
        private(set) var events: [GATTClient.Event] = []

        init() {
            for operation in [GATTOperation.exchangeMTU, .discover, .read(3), .write(5, [1, 2, 3])] {
                if (try? client.start(operation)) != nil { started += 1 }
            }
        }

        mutating func receive(_ packet: ArraySlice<UInt8>) throws {
            try sendPackets()
            events.removeAll()
            client.receive(packet) { events.append($0) }
            countFinished()
            try sendPackets()
        }

        mutating func close() throws {
            events.removeAll()
            client.close { events.append($0) }
            countFinished()
            try require(finished == started, "\(started) operations started, \(finished) ended")
        }

        private mutating func sendPackets() throws {
            var iterations = 0
            while let packet = client.nextPacket(at: MonotonicTime(nanoseconds: 0), { events.append($0) }) {
                try require(
                    !packet.isEmpty && packet.count <= max(23, client.mtu),
                    "packet of \(packet.count) bytes exceeds the MTU")
                iterations += 1
                try require(iterations <= 16, "too many packets at once")
            }
        }

        private mutating func countFinished() {
            for case .finished in events { finished += 1 }
        }
    }
}

/// Advertisements and events of the management socket.
enum AdvertisingFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let data = AdvertisingData(input)
        try check(data)
        var again = data
        again.merge(data)
        try require(
            again.name == data.name && again.services == data.services,
            "merging an advertisement with itself changed it")
        guard case .found(let device)? = (try? ManagementPacket(input))?.event else { return }
        try check(device.data)
        var devices = DiscoveredDevices()
        for second in 0..<2 as Range<Int64> {
            let now = MonotonicTime(nanoseconds: second * 1_000_000_000)
            devices.record(device.data, from: device.address, signal: device.signal, at: now)
        }
        try require(devices.count == 1, "one device recorded as \(devices.count)")
    }

    private static func check(_ data: AdvertisingData) throws {
        if let name = data.name { try require(PrintableLine.isValid(name), "the name \(name.debugDescription)") }
        try require(data.services.count <= AdvertisingData.maximumServices, "\(data.services.count) services")
    }
}

/// Sessions with arbitrary packets from the device, each preceded by its length; 255 lets time pass, 254 drops the
/// link.
///
/// Actions that are due are done, the number of packets is limited, and a link is given up at most once.
enum SessionFuzz {
    /// Made once: each input begins with a copy.
    static let amg = AMGSession()
    static let bt50 = BT50Session()
    static let mat = MatSession()

    static func run<Session: DeviceSession>(
        _ input: ArraySlice<UInt8>, _ session: Session, isEnd: (Session.Output) -> Bool
    ) throws {
        var session = session
        var now = MonotonicTime(nanoseconds: 0)
        var ends = 0
        let handle: (Session.Output) -> Void = { if isEnd($0) { ends += 1 } }
        var rest = input
        session.linkOpened(at: now)
        try sendPackets(&session, at: now, handle)
        while let length = rest.popFirst() {
            switch length {
            case 255: now = max(now, session.deadline ?? now) + .milliseconds(10)
            case 254:
                session.linkClosed(at: now, handle)
                ends = 0
                session.linkOpened(at: now)
            default:
                let packet = rest.prefix(Int(length))
                rest = rest.dropFirst(packet.count)
                session.receive(packet, at: now, handle)
            }
            session.advance(to: now, handle)
            try sendPackets(&session, at: now, handle)
            try require(ends <= 1 && (ends == 1) == (session.endReason != nil), "ended \(ends) times")
            if session.endReason == nil, let deadline = session.deadline {
                try require(deadline > now, "deadline not after the current time")
            }
        }
    }

    private static func sendPackets<Session: DeviceSession>(
        _ session: inout Session, at now: MonotonicTime, _ handle: (Session.Output) -> Void
    ) throws {
        var packets = 0
        while let packet = session.nextPacket(at: now, handle) {
            packets += 1
            try require(packet.count <= 517 && packets <= 100, "\(packets) packets at once")
        }
    }
}
