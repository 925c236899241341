import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Bluetooth mats") @ReactorActor
struct BluetoothMatTests {
    @Test(
        "connects a mat, publishes its frames, and does not mistake a timer for a mat"
    )
    func frames() async throws {
        let testBed = BluetoothTestBed()
        let mat = testBed.add(VirtualBluetoothMat(seed: 1, scansAtRest: 0))
        let timer = testBed.add(VirtualAMGCommander(RangeScript([BluetoothManagerTests.string]), seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        #expect(testBed.registry[testBed.id(mat)]?.family == .pressureMat && testBed.isReady(mat))
        #expect(testBed.registry[testBed.id(timer)]?.family == .amgCommander && testBed.isReady(timer))
        #expect(testBed.frames.count >= 35 && testBed.frames.allSatisfy { $0.mat == testBed.id(mat) })
        let numbers = testBed.frames.compactMap(\.frame)
        #expect(numbers == Array(numbers[0]..<numbers[0] + numbers.count))
        #expect(testBed.metric("leadville_mat_frames_total{mat=\"\(testBed.id(mat).text)\"}") == testBed.frames.count)
        #expect((testBed.registry[testBed.id(mat)]?.counts.accepted ?? 0) == testBed.frames.count)
        #expect(testBed.mats.tare("*") == 1 && testBed.mats.tare("usb-*") == 0)
        testBed.close()
        #expect(testBed.timers.count == 0)
    }

    @Test("reconnects a mat without taking a new tare")
    func returning() async throws {
        let testBed = BluetoothTestBed()
        let mat = testBed.add(VirtualBluetoothMat(seed: 2, scansAtRest: 0))
        testBed.manager.start()
        await testBed.run(for: .seconds(15))
        let before = testBed.frames.count
        #expect(before > 10)
        testBed.radio.move(mat, inRange: false)
        await testBed.run(for: .seconds(20))
        #expect(testBed.changes(of: mat).last == "device_lost")
        testBed.radio.move(mat, inRange: true)
        await testBed.run(for: .seconds(20))
        #expect(testBed.frames.count >= before + 10 && testBed.changes(of: mat).last == "device_connected")
        testBed.close()
    }

    @Test("does not connect to a UART without the name of a mat")
    func unrelatedDevice() async throws {
        let testBed = BluetoothTestBed()
        let device = testBed.add(VirtualBluetoothMat(seed: 3, name: "My robot", scansAtRest: 0))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        #expect(!testBed.isReady(device) && testBed.frames.isEmpty && device.receivedPackets.isEmpty)
        testBed.close()
    }
}
