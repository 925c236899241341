import Bluetooth
import Clocks
import Testing

/// A device that knows its lines: it expects these packets, and answers each with those.
struct ScriptedPeer {
    private var lines: [(expected: String, answers: [String])]
    let start = MonotonicTime(nanoseconds: 0)

    init(_ lines: [(expected: String, answers: [String])]) {
        self.lines = lines
    }

    /// Plays until nobody has anything to say; gives what the client made of it.
    mutating func play(with client: inout GATTClient) -> [GATTClient.Event] {
        var events: [GATTClient.Event] = []
        while let packet = client.nextPacket(at: start, { events.append($0) }) {
            guard !lines.isEmpty else {
                Issue.record("the client says \(packet), and nobody expects anything")
                return events
            }
            let line = lines.removeFirst()
            #expect(packet == hex(line.expected), "expected \(line.expected)")
            for answer in line.answers { client.receive(hex(answer)[...]) { events.append($0) } }
        }
        #expect(lines.isEmpty, "never asked: \(lines.map(\.expected))")
        return events
    }
}

/// The event that says how an operation ended.
func result(_ events: [GATTClient.Event]) -> Result<GATTOutcome, GATTError>? {
    for case .finished(_, let result) in events { return result }
    return nil
}
