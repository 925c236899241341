import Clocks
import Devices

/// The air between a virtual device and whoever listens: it takes its time, keeps the order, and may lose something.
struct VirtualLink: Sendable {
    private var random: SeededRandom
    private let latency: ClosedRange<Int64>
    private let lossProbability: Double
    private var pending: [VirtualEmission] = []
    private var lastArrival = Nanoseconds.zero

    /// - Parameter latency: in milliseconds, from the device's mind to the other end.
    init(seed: UInt64, latency: ClosedRange<Int64>, lossProbability: Double = 0) {
        random = SeededRandom(seed: seed)
        self.latency = latency.lowerBound * 1_000_000...latency.upperBound * 1_000_000
        self.lossProbability = lossProbability
    }

    var nextArrival: Nanoseconds? { pending.first?.time }

    mutating func notify(_ characteristic: BluetoothUUID, _ bytes: [UInt8], at time: Nanoseconds) {
        let isLost = lossProbability > 0 && random.chance(lossProbability)
        let arrival = arrivalTime(of: time)
        if !isLost { pending.append(VirtualEmission(time: arrival, content: .notification(characteristic, bytes))) }
    }

    /// What has not arrived by now never will.
    mutating func disconnect(at time: Nanoseconds) {
        pending.removeAll { $0.time > time }
        lastArrival = time
        pending.append(VirtualEmission(time: time, content: .linkLost))
    }

    mutating func deliver(until time: Nanoseconds) -> [VirtualEmission] {
        let count = pending.firstIndex { $0.time > time } ?? pending.count
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    private mutating func arrivalTime(of time: Nanoseconds) -> Nanoseconds {
        lastArrival = max(lastArrival, time + Nanoseconds(.random(in: latency, using: &random)))
        return lastArrival
    }
}
