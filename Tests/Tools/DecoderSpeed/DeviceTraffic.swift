import Clocks
import Devices
import VirtualDevices

/// What a look-alike has sent, in one row, and where its frames and the pieces that a transport delivers begin and end.
struct DeviceTraffic {
    private(set) var bytes: [UInt8] = []
    /// What `feed` is called with.
    private(set) var pieces: [Range<Int>] = []
    private(set) var frames: [Range<Int>] = []

    /// What a serial port gives to one `read` at most.
    private static let serialRead = 4_096

    /// The frames, each behind its length.
    var records: [UInt8] {
        frames.flatMap { frame in
            (0..<4).map { UInt8(truncatingIfNeeded: frame.count >> (8 * $0)) } + bytes[frame]
        }
    }

    /// Pushes: all that the timer sends without being asked.
    static func amgCommander(strings: Int) -> Self {
        var timer = VirtualAMGCommander(.random(strings: strings, sensors: 0, seed: 1), seed: 1)
        var traffic = Self()
        while let time = timer.nextEvent, traffic.append(timer.tick(until: time), frameLength: 14) {}
        return traffic
    }

    /// A minute of a target that is hit now and then.
    static func bt50(nowData: Bool, seconds: Int64) -> Self {
        var sensor = VirtualBT50(seed: 1, traits: VirtualBT50.Traits(nowData: nowData))
        sensor.mtu = 247
        for second in 1...seconds { sensor.strike(at: .seconds(second), velocity: 90) }
        var traffic = Self()
        var time = Nanoseconds.zero
        while let next = sensor.nextEvent, time <= .seconds(seconds) {
            time = next
            _ = traffic.append(sensor.tick(until: time), frameLength: nowData ? 40 : 32)
        }
        return traffic
    }

    /// - Parameter piece: how many bytes come at once.
    static func mat(_ name: String, frames: Int, piece: Int = serialRead) -> Self {
        let mat = KnownMat.known(name)
        var device = VirtualMat(VirtualMatFormat(mat), seed: 1, baudRate: mat.baudRates.first ?? 115_200)
        var traffic = Self()
        while traffic.frames.count < frames {
            let emission = device.next()
            // What a mat says to people when it is switched on is no frame.
            guard !emission.cells.isEmpty else { continue }
            let start = traffic.bytes.count
            traffic.bytes += emission.bytes
            traffic.frames.append(start..<traffic.bytes.count)
        }
        let end = traffic.bytes.count
        traffic.pieces = stride(from: 0, to: end, by: piece).map { $0..<min(end, $0 + piece) }
        return traffic
    }

    /// False when the link is gone, and nothing more will come.
    private mutating func append(_ emissions: [VirtualEmission], frameLength: Int) -> Bool {
        for emission in emissions {
            guard let notification = emission.bytes else { return false }
            let start = bytes.count
            bytes += notification
            pieces.append(start..<bytes.count)
            frames += stride(from: start, to: bytes.count, by: frameLength).map { $0..<$0 + frameLength }
        }
        return true
    }
}
