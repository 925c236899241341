import Clocks
import Devices
import Testing
import VirtualDevices

@Suite("Virtual cycling sensor") struct VirtualCyclingSensorTests {
    private func rates(_ sensor: VirtualCyclingSensor, until end: Nanoseconds) -> [(wheel: Double?, crank: Double?)] {
        var sensor = sensor
        var decoder = CyclingSensorDecoder(.measurement)
        var rates: [(wheel: Double?, crank: Double?)] = []
        while let time = sensor.nextEvent, time <= end {
            for emission in sensor.tick(until: time) {
                decoder.feed((emission.bytes ?? [])[...]) { reading in
                    guard case .measurement(let value) = reading else { return }
                    rates.append((value.wheel?.perMinute, value.crank?.perMinute))
                }
            }
        }
        #expect(decoder.counters.rejectCount == 0)
        return rates
    }

    @Test("sends plausible rates with the gear ratio between them", arguments: 1...5)
    func ride(seed: UInt64) {
        let rates = rates(VirtualCyclingSensor(seed: seed), until: .seconds(600))
        #expect(rates.count >= 595)
        let pairs = rates.compactMap { pair in pair.wheel.flatMap { wheel in pair.crank.map { (wheel, $0) } } }
        #expect(pairs.count > 400)
        for (wheel, crank) in pairs {
            #expect((55...115).contains(crank) && (130...280).contains(wheel))
            #expect(abs(wheel / crank - VirtualCyclingSensor.gearRatio) < 0.6, "\(wheel) and \(crank)")
        }
    }

    @Test("a standstill gives a rate of zero")
    func standstill() {
        var traits = VirtualCyclingSensor.Traits()
        traits.stops = [.seconds(20)..<(.seconds(40))]
        let rates = rates(VirtualCyclingSensor(seed: 1, traits: traits), until: .seconds(60))
        #expect(rates.filter { $0.wheel == 0 && $0.crank == 0 }.count >= 15)
        #expect(rates.suffix(5).contains { $0.crank ?? 0 > 0 })
    }

    @Test("a counter reset is never a rate")
    func reset() {
        var traits = VirtualCyclingSensor.Traits()
        traits.resets = [.seconds(30), .seconds(50)]
        let rates = rates(VirtualCyclingSensor(seed: 2, traits: traits), until: .seconds(80))
        #expect(rates.filter { $0.wheel == nil }.count >= 3)
        #expect(rates.allSatisfy { $0.wheel ?? 0 <= 280 && $0.crank ?? 0 <= 130 })
    }

    @Test("a script schedules its faults")
    func script() throws {
        var device = SimulatedDevice(.cyclingSensor, seed: 3)
        device.script = try SimulationScript(parsing: "at 10 s: fault standstill for 20 s")
        var source = try device.makeSource()
        var decoder = CyclingSensorDecoder(.measurement)
        var zeros = 0
        while let delivery = source.next(), delivery.time <= .seconds(40) {
            guard case .bytes(let bytes) = delivery.content else { continue }
            decoder.feed(bytes[...]) { reading in
                if case .measurement(let value) = reading, value.crank?.perMinute == 0 { zeros += 1 }
            }
        }
        #expect(zeros >= 15)
    }
}
