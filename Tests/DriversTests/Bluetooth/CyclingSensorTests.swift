import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Cycling sensor") @ReactorActor
struct CyclingSensorTests {
    @Test("is connected when found, and publishes cadence and speed")
    func measurements() async throws {
        let testBed = BluetoothTestBed()
        var events: [MeasurementEvent] = []
        let subscription = testBed.hub.subscribe { event in
            if case .measurement(let measurement) = event.body { events.append(measurement) }
        }
        let sensor = testBed.add(VirtualCyclingSensor(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        let id = testBed.id(sensor)
        #expect(events.count >= 15 && events.allSatisfy { $0.device == id && $0.family == .cyclingSensor })
        let values = events.flatMap(\.values)
        #expect(Set(values.map(\.quantity)) == ["cadence", "speed"])
        for value in values {
            #expect(value.quantity == "cadence" ? 55...115 ~= value.value : 16...36 ~= value.value, "\(value)")
        }
        #expect(testBed.registry[id]?.role == .meter && testBed.registry[id]?.battery == 88)
        testBed.hub.unsubscribe(subscription)
        testBed.close()
    }
}
