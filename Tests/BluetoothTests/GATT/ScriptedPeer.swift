import Bluetooth
import Clocks
import Testing

/// A scripted device: expects given packets and sends given responses.
struct ScriptedPeer {
    private var lines: [(expected: String, answers: [String])]
    let start = MonotonicTime(nanoseconds: 0)

    init(_ lines: [(expected: String, answers: [String])]) {
        self.lines = lines
    }

    /// Runs the script until the client has nothing to send. Returns the client's events.
    mutating func play(with client: inout GATTClient) -> [GATTClient.Event] {
        var events: [GATTClient.Event] = []
        while let packet = client.nextPacket(at: start, { events.append($0) }) {
            guard !lines.isEmpty else {
                Issue.record("unexpected packet \(packet)")
                return events
            }
            let line = lines.removeFirst()
            #expect(packet == hex(line.expected), "expected \(line.expected)")
            for answer in line.answers { client.receive(hex(answer)[...]) { events.append($0) } }
        }
        #expect(lines.isEmpty, "missing packets: \(lines.map(\.expected))")
        return events
    }
}

/// The result of the first finished operation.
func result(_ events: [GATTClient.Event]) -> Result<GATTOutcome, GATTError>? {
    for case .finished(_, let result) in events { return result }
    return nil
}
