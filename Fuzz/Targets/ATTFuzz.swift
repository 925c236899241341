import Bluetooth
import Clocks

/// A Bluetooth device that says what it likes: packets, each with its length in a byte before it.
///
/// Whatever it says, every operation ends once, what is sent fits the link, and a second client in the same situation
/// does exactly the same.
enum ATTFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        var (first, second) = (Conversation(), Conversation())
        var rest = input
        while let length = rest.popFirst() {
            let packet = rest.prefix(Int(length))
            rest = rest.dropFirst(packet.count)
            try first.receive(packet)
            try second.receive(Array(packet)[...])
            try require(first.events == second.events, "the same packet was heard in two ways")
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
            try require(finished == started, "\(started) operations were started, \(finished) have ended")
        }

        private mutating func sendPackets() throws {
            var turns = 0
            while let packet = client.nextPacket(at: MonotonicTime(nanoseconds: 0), { events.append($0) }) {
                try require(
                    !packet.isEmpty && packet.count <= max(23, client.mtu), "\(packet.count) bytes are too many")
                turns += 1
                try require(turns <= 16, "it does not stop speaking")
            }
        }

        private mutating func countFinished() {
            for case .finished in events { finished += 1 }
        }
    }
}
