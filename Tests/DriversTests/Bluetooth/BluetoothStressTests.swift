import Bluetooth
import Clocks
import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

/// Random failures at random times. Afterwards all devices must reconnect.
@Suite("Bluetooth stress") @ReactorActor
struct BluetoothStressTests {
    @Test("reconnects all devices after random failures, one at a time", arguments: 1...25 as ClosedRange)
    func scenario(seed: UInt64) async throws {
        let testBed = BluetoothTestBed()
        var scenario = StressScenario(testBed: testBed, random: SeededRandom(seed: seed))
        testBed.manager.start()
        for _ in 0..<30 {
            scenario.injectEvent()
            await testBed.run(for: scenario.pause)
        }
        scenario.end()
        let areBack = await testBed.run(atMost: .seconds(180)) { scenario.devices.allSatisfy { testBed.isReady($0) } }
        #expect(areBack, "\(scenario.history.joined(separator: ", "))")
        #expect(testBed.radio.peakConnecting <= 1)
        testBed.close()
    }
}

@ReactorActor
private struct StressScenario {
    let testBed: BluetoothTestBed
    let devices: [VirtualRadioDevice]
    private(set) var history: [String] = []
    private var random: SeededRandom
    private var isPluggedIn = true

    init(testBed: BluetoothTestBed, random: SeededRandom) {
        self.testBed = testBed
        self.random = random
        devices = [
            testBed.add(VirtualAMGCommander(RangeScript(), seed: 1)), testBed.add(VirtualBT50(seed: 2)),
            testBed.add(VirtualHeartStrap(seed: 3)),
        ]
    }

    /// The time between two failures, often shorter than a step of the gateway.
    var pause: Nanoseconds {
        mutating get {
            .milliseconds(Int64([0, 1, 20, 50, 300, 1_500, 4_000, 20_000].randomElement(using: &random) ?? 0))
        }
    }

    mutating func injectEvent() {
        let device = devices[Int.random(in: devices.indices, using: &random)]
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: plug(!isPluggedIn)
        case 2:
            log("\(device.address) hangs up")
            device.disconnect()
        case 3:
            log("\(device.address) in range: \(!device.isInRange)")
            testBed.radio.move(device, inRange: !device.isInRange)
        case 4:
            testBed.radio.isHung.toggle()
            log("hung: \(testBed.radio.isHung)")
        case 5:
            testBed.radio.kernel.unansweredOpcodes.formSymmetricDifference([.stopDiscovery])
            log("silent: \(testBed.radio.kernel.unansweredOpcodes)")
        case 6:
            log("management breaks")
            testBed.radio.closeManagementSocket()
        case 7:
            log("error")
            testBed.radio.sendManagementPacket(VirtualKernel.event(0x03, 0, [0x42]))
        default:
            let answers: [VirtualRadioDevice.ConnectOutcome] = [
                .connects, .never, .refused(EBUSY), .fails(EMLINK), .breaks,
            ]
            device.connectOutcome = answers.randomElement(using: &random) ?? .connects
            log("\(device.address) \(device.connectOutcome)")
        }
    }

    mutating func end() {
        plug(true)
        testBed.radio.isHung = false
        testBed.radio.kernel.unansweredOpcodes = []
        for device in devices {
            device.connectOutcome = .connects
            if !device.isInRange { testBed.radio.move(device, inRange: true) }
        }
    }

    private mutating func plug(_ isWanted: Bool) {
        guard isPluggedIn != isWanted else { return }
        isPluggedIn = isWanted
        log(isWanted ? "plugged in" : "unplugged")
        if isWanted { testBed.radio.plugIn(0) } else { testBed.radio.unplug(0) }
    }

    private mutating func log(_ what: String) {
        history.append("\(testBed.time.inSeconds) s \(what)")
    }
}
