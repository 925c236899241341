import Clocks
import Devices
import VirtualDevices

extension VirtualPeripheral {
    /// Advances to a time in steps and collects the emissions.
    mutating func emissions(until end: Nanoseconds, by step: Nanoseconds) -> [VirtualEmission] {
        var emissions: [VirtualEmission] = []
        var time = Nanoseconds.zero
        while time < end {
            time = min(end, time + step)
            emissions += tick(until: time)
        }
        return emissions
    }
}

extension DeviceDecoder {
    /// Decodes notifications; returns readings with their arrival times.
    mutating func timed(_ emissions: [VirtualEmission]) -> [(time: Nanoseconds, reading: Reading)] {
        var readings: [(Nanoseconds, Reading)] = []
        for emission in emissions {
            guard let bytes = emission.bytes else { continue }
            feed(bytes[...]) { readings.append((emission.time, $0)) }
        }
        return readings
    }
}

extension Nanoseconds {
    /// Truncated to hundredths of a second.
    var inHundredths: Nanoseconds { Nanoseconds(count / 10_000_000 * 10_000_000) }
}
