import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Mats on the radio") @ReactorActor
struct BluetoothMatTests {
    @Test(
        "a mat is found by its name, recognised by its frames, and each becomes an event; a timer beside it stays a timer"
    )
    func frames() async throws {
        let house = BluetoothTestBed()
        let mat = house.add(VirtualBluetoothMat(seed: 1, scansAtRest: 0))
        let timer = house.add(VirtualAMGCommander(RangeScript([BluetoothManagerTests.string]), seed: 1))
        house.manager.start()
        await house.run(for: .seconds(30))
        #expect(house.registry[house.id(mat)]?.family == .pressureMat && house.isReady(mat))
        #expect(house.registry[house.id(timer)]?.family == .amgCommander && house.isReady(timer))
        #expect(house.frames.count >= 35 && house.frames.allSatisfy { $0.mat == house.id(mat) })
        let numbers = house.frames.compactMap(\.frame)
        #expect(numbers == Array(numbers[0]..<numbers[0] + numbers.count))
        #expect(house.metric("leadville_mat_frames_total{mat=\"\(house.id(mat).text)\"}") == house.frames.count)
        #expect((house.registry[house.id(mat)]?.counts.accepted ?? 0) == house.frames.count)
        #expect(house.mats.tare("*") == 1 && house.mats.tare("usb-*") == 0)
        house.close()
        #expect(house.timers.count == 0)
    }

    @Test("a mat that walks away and comes back is the same mat, and nobody takes its frames for those of an empty one")
    func returning() async throws {
        let house = BluetoothTestBed()
        let mat = house.add(VirtualBluetoothMat(seed: 2, scansAtRest: 0))
        house.manager.start()
        await house.run(for: .seconds(15))
        let before = house.frames.count
        #expect(before > 10)
        house.radio.move(mat, inRange: false)
        await house.run(for: .seconds(20))
        #expect(house.changes(of: mat).last == "device_lost")
        house.radio.move(mat, inRange: true)
        await house.run(for: .seconds(20))
        #expect(house.frames.count >= before + 10 && house.changes(of: mat).last == "device_connected")
        house.close()
    }

    @Test("a UART without a mat's name is not connected to, whatever it may say")
    func stranger() async throws {
        let house = BluetoothTestBed()
        let stranger = house.add(VirtualBluetoothMat(seed: 3, name: "My robot", scansAtRest: 0))
        house.manager.start()
        await house.run(for: .seconds(30))
        #expect(!house.isReady(stranger) && house.frames.isEmpty && stranger.receivedPackets.isEmpty)
        house.close()
    }
}
