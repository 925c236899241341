import Clocks
import Devices
import VirtualDevices

/// Bytes of a virtual device, with the boundaries of its frames and of the chunks a transport delivers.
struct DeviceTraffic {
    private(set) var bytes: [UInt8] = []
    /// The chunks passed to `feed`.
    private(set) var pieces: [Range<Int>] = []
    private(set) var frames: [Range<Int>] = []

    /// The most that one `read` of a serial port returns.
    private static let serialRead = 4_096

    /// The frames, each preceded by its length.
    var records: [UInt8] {
        frames.flatMap { frame in
            (0..<4).map { UInt8(truncatingIfNeeded: frame.count >> (8 * $0)) } + bytes[frame]
        }
    }

    /// Pushes: everything that the timer sends unprompted.
    static func amgCommander(strings: Int) -> Self {
        var timer = VirtualAMGCommander(.random(strings: strings, sensors: 0, seed: 1), seed: 1)
        var traffic = Self()
        while let time = timer.nextEvent, traffic.append(timer.tick(until: time), frameLength: 14) {}
        return traffic
    }

    /// A target that is hit once a second.
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

    /// - Parameter piece: the number of bytes per chunk.
    static func mat(_ name: String, frames: Int, piece: Int = serialRead) -> Self {
        let mat = KnownMat.known(name)
        var device = VirtualMat(VirtualMatFormat(mat), seed: 1, baudRate: mat.baudRates.first ?? 115_200)
        var traffic = Self()
        while traffic.frames.count < frames {
            let emission = device.next()
            // Text printed at power-on is not a frame.
            guard !emission.cells.isEmpty else { continue }
            let start = traffic.bytes.count
            traffic.bytes += emission.bytes
            traffic.frames.append(start..<traffic.bytes.count)
        }
        let end = traffic.bytes.count
        traffic.pieces = stride(from: 0, to: end, by: piece).map { $0..<min(end, $0 + piece) }
        return traffic
    }

    /// Returns false after the link was lost.
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
