import Clocks
import VirtualDevices

/// A virtual timer and impact sensors that are driven by one script: each beep schedules the hits of its string.
package struct VirtualRange: Sendable {
    package enum Device: Hashable, Sendable {
        case timer
        case sensor(Int)
    }

    package struct Emission: Hashable, Sendable {
        package let device: Device
        package let emission: VirtualEmission
    }

    package private(set) var timer: VirtualAMGCommander
    package private(set) var sensors: [VirtualBT50]
    private var handledBeepCount = 0

    package init(timer: VirtualAMGCommander, sensors: [VirtualBT50]) {
        self.timer = timer
        self.sensors = sensors
    }

    /// The strings that were started, with the true times of their beeps.
    package var beeps: [(string: RangeString, time: Nanoseconds)] { timer.beeps }

    package var nextEvent: Nanoseconds? {
        (sensors.map(\.nextEvent) + [timer.nextEvent]).compactMap(\.self).min()
    }

    /// Sets the MTU of the sensors' links, which is 23 initially.
    package mutating func raiseMTU(to mtu: Int) {
        for index in sensors.indices { sensors[index].mtu = mtu }
    }

    package mutating func receive(
        write bytes: ArraySlice<UInt8>, to device: Device, at time: Nanoseconds
    ) -> [Emission] {
        let before = tick(until: time)
        switch device {
        case .timer:
            return before + timer.receive(write: bytes, at: time).map { Emission(device: device, emission: $0) }
        case .sensor(let index):
            guard sensors.indices.contains(index) else { return before }
            return before
                + sensors[index].receive(write: bytes, at: time).map { Emission(device: device, emission: $0) }
        }
    }

    /// Advances all devices and returns their emissions in order of arrival.
    package mutating func tick(until time: Nanoseconds) -> [Emission] {
        var emissions = timer.tick(until: time).map { Emission(device: .timer, emission: $0) }
        for beep in timer.beeps.suffix(timer.beepCount - handledBeepCount) {
            for hit in beep.string.hits where sensors.indices.contains(hit.sensor) {
                sensors[hit.sensor].strike(at: beep.time + hit.time, velocity: hit.velocity)
            }
        }
        handledBeepCount = timer.beepCount
        for index in sensors.indices {
            emissions += sensors[index].tick(until: time).map { Emission(device: .sensor(index), emission: $0) }
        }
        return emissions.enumerated().sorted { left, right in
            (left.element.emission.time, left.offset) < (right.element.emission.time, right.offset)
        }.map(\.element)
    }
}
