import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("Cycling sensor session") @ReactorActor
struct CyclingSensorSessionTests {
    @Test("reports measurements, features and the battery level")
    func readings() async throws {
        let testBed = try SessionTestBed(CyclingSensorSession(), VirtualCyclingSensor(seed: 1))
        await testBed.run(until: .seconds(30))
        let outputs = testBed.outputs.map(\.output)
        #expect(outputs.contains(.sessionEvent(.ready(mtu: 23))) && outputs.contains(.sessionEvent(.battery(88))))
        #expect(outputs.contains(.reading(.features([.wheel, .crank]))))
        let rates = outputs.compactMap { output in
            if case .reading(.measurement(let measurement)) = output { measurement.crank?.perMinute } else { nil }
        }
        #expect(rates.count >= 20 && rates.allSatisfy { (55...115).contains($0) })
        testBed.close()
        #expect(testBed.errors == [.closed])
    }

    @Test("stays connected in silence")
    func silence() async throws {
        let testBed = try SessionTestBed(
            CyclingSensorSession(), SilentDevice(services: VirtualCyclingSensor.serviceTable))
        await testBed.run(until: .seconds(120))
        #expect(testBed.errors.isEmpty)
        testBed.close()
    }

    @Test("reports the missing characteristic of another kind of device")
    func missingCharacteristic() async throws {
        let testBed = try SessionTestBed(
            CyclingSensorSession(), SilentDevice(services: VirtualHeartStrap.serviceTable))
        await testBed.run(until: .seconds(1))
        let missing = SessionEvent.ended(.missing("00002a5b-0000-1000-8000-00805f9b34fb"))
        #expect(testBed.outputs.map(\.output) == [.sessionEvent(missing)] && testBed.errors == [.closed])
        testBed.close()
    }
}
