import Clocks
import Devices
import Events

/// The configuration of a virtual device, from which its deliveries are created.
package struct SimulatedDevice: Sendable {
    /// A script schedules a fault that can only be permanent or random.
    package struct ScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let fault: SimulatedFault
        package let family: DeviceFamily

        package var description: String {
            "\(line): the fault \(fault.name) of \(family.rawValue) cannot be scheduled"
        }
    }

    package let family: DeviceFamily
    /// The decoder variant that the device matches; nil for the first.
    package var variant: String?
    /// The same seed and settings give the same bytes at the same times.
    package let seed: UInt64
    /// Nil for a random script.
    package var script: SimulationScript?
    /// Permanent and random faults.
    package var faults: Set<SimulatedFault> = []
    /// The index of an impact sensor's target.
    package var sensor = 0
    /// Whether an impact sensor sends momentary values.
    package var nowData = false
    /// The type of an impact sensor; nil for that of the script.
    package var sensorType: BT50SensorType?
    /// The start of a phone's recording, by its own clock.
    package var start = WallTime(nanoseconds: 1_767_225_600_000_000_000)
    /// The time up to which random faults are planned.
    package var horizon = Nanoseconds.seconds(3_600)

    package init(_ family: DeviceFamily, seed: UInt64) {
        self.family = family
        self.seed = seed
    }

    /// Creates the device's deliveries.
    package func makeSource() throws(ScheduleError) -> any DeliverySource {
        let schedule = FaultSchedule(self)
        for planned in schedule.script
        where schedule.faults.contains(where: { $0 == planned.fault && !$0.canBeScheduled }) {
            throw ScheduleError(line: planned.line, fault: planned.fault, family: family)
        }
        guard let driver = DeviceDrivers.simulated(family) else {
            preconditionFailure("no virtual device for \(family)")
        }
        return driver.makeSource(self, schedule)
    }

    /// The range of timers and sensors; the same seed gives the same range, even without a script.
    package var range: RangeScript {
        script?.range ?? .random(strings: 400, sensors: 2, seed: seed)
    }
}

/// A driver with a virtual device.
package protocol SimulatedDriver: DeviceDriver {
    /// The faults that the virtual device can play, in the order of help texts.
    var faults: [SimulatedFault] { get }

    /// Creates the deliveries of a virtual device with these settings.
    func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource
}

extension DeviceDrivers {
    package static let simulated: [any SimulatedDriver] = all.compactMap { $0 as? any SimulatedDriver }

    package static func simulated(_ family: DeviceFamily) -> (any SimulatedDriver)? {
        simulated.first { $0.family == family }
    }
}
