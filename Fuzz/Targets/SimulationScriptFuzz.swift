import Clocks
import Events
import VirtualDevices

/// A script is refused with a line that a person can read, or every device can play it: what arrives keeps its order.
enum SimulationScriptFuzz {
    /// More than enough to meet the first events, and little enough to be tried often.
    private static let mostDeliveries = 50

    static func run(_ input: ArraySlice<UInt8>) throws {
        let script: SimulationScript
        do throws(ScriptError) {
            script = try SimulationScript(parsing: String(decoding: input, as: UTF8.self))
        } catch {
            try promise(OneLine.holds(error.description), "no line: \(error)")
            return try promise((1...input.count + 1).contains(error.line), "no such line: \(error)")
        }
        let beeps = script.range.strings.compactMap(\.beep)
        try promise(beeps == beeps.sorted(), "out of order: \(beeps)")
        for family in DeviceFamily.allCases { try play(script, on: family) }
    }

    private static func play(_ script: SimulationScript, on family: DeviceFamily) throws {
        var device = SimulatedDevice(family, seed: 1)
        device.script = script
        device.horizon = .seconds(10)
        var source: any VirtualSource
        do throws(SimulatedDevice.Refusal) {
            source = try device.source()
        } catch {
            return try promise(OneLine.holds(error.description), "no line: \(error)")
        }
        var latest = Nanoseconds.zero
        for _ in 0..<mostDeliveries {
            guard let delivery = source.next() else { return }
            try promise(delivery.time >= latest, "\(family) goes back to \(delivery.time) from \(latest)")
            latest = delivery.time
        }
    }
}
