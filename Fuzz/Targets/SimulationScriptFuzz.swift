import Clocks
import Events
import VirtualDevices

/// A script is refused with a line that a person can read, or every device can play it: what arrives keeps its order.
enum SimulationScriptFuzz {
    /// More than enough to meet the first events, and little enough to be tried often.
    private static let maximumDeliveries = 50

    static func run(_ input: ArraySlice<UInt8>) throws {
        let script: SimulationScript
        do throws(ScriptError) {
            script = try SimulationScript(parsing: String(decoding: input, as: UTF8.self))
        } catch {
            try require(PrintableLine.isValid(error.description), "no line: \(error)")
            return try require((1...input.count + 1).contains(error.line), "no such line: \(error)")
        }
        let beeps = script.range.strings.compactMap(\.beep)
        try require(beeps == beeps.sorted(), "out of order: \(beeps)")
        for family in DeviceFamily.allCases { try play(script, on: family) }
    }

    private static func play(_ script: SimulationScript, on family: DeviceFamily) throws {
        var device = SimulatedDevice(family, seed: 1)
        device.script = script
        device.horizon = .seconds(10)
        var source: any DeliverySource
        do throws(SimulatedDevice.ScheduleError) {
            source = try device.makeSource()
        } catch {
            return try require(PrintableLine.isValid(error.description), "no line: \(error)")
        }
        var latest = Nanoseconds.zero
        for _ in 0..<maximumDeliveries {
            guard let delivery = source.next() else { return }
            try require(delivery.time >= latest, "\(family) goes back to \(delivery.time) from \(latest)")
            latest = delivery.time
        }
    }
}
