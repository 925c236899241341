import Bluetooth
import Clocks
import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

/// Troubles that each have a test of their own, now together and at the worst moments: nobody may be left behind.
@Suite("Whatever happens on the radio") @ReactorActor
struct BluetoothStressTests {
    @Test("when calm returns all devices do, and never are two connected to at once", arguments: 1...25 as ClosedRange)
    func turmoil(seed: UInt64) async throws {
        let house = BluetoothTestBed()
        var turmoil = StressScenario(house: house, random: SeededRandom(seed: seed))
        house.manager.start()
        for _ in 0..<30 {
            turmoil.injectEvent()
            await house.run(for: turmoil.pause)
        }
        turmoil.end()
        let areBack = await house.run(atMost: .seconds(180)) { turmoil.devices.allSatisfy { house.isReady($0) } }
        #expect(areBack, "\(turmoil.history.joined(separator: ", "))")
        #expect(house.radio.peakConnecting <= 1)
        house.close()
    }
}

@ReactorActor
private struct StressScenario {
    let house: BluetoothTestBed
    let devices: [VirtualRadioDevice]
    private(set) var history: [String] = []
    private var random: SeededRandom
    private var isPluggedIn = true

    init(house: BluetoothTestBed, random: SeededRandom) {
        self.house = house
        self.random = random
        devices = [
            house.add(VirtualAMGCommander(RangeScript(), seed: 1)), house.add(VirtualBT50(seed: 2)),
            house.add(VirtualHeartStrap(seed: 3)),
        ]
    }

    /// From one blow to the next: often within the time that a step of the gateway's takes.
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
            house.radio.move(device, inRange: !device.isInRange)
        case 4:
            house.radio.isHung.toggle()
            log("hung: \(house.radio.isHung)")
        case 5:
            house.radio.kernel.unansweredOpcodes.formSymmetricDifference([.stopDiscovery])
            log("silent: \(house.radio.kernel.unansweredOpcodes)")
        case 6:
            log("management breaks")
            house.radio.closeManagementSocket()
        case 7:
            log("error")
            house.radio.sendManagementPacket(VirtualKernel.event(0x03, 0, [0x42]))
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
        house.radio.isHung = false
        house.radio.kernel.unansweredOpcodes = []
        for device in devices {
            device.connectOutcome = .connects
            if !device.isInRange { house.radio.move(device, inRange: true) }
        }
    }

    private mutating func plug(_ isWanted: Bool) {
        guard isPluggedIn != isWanted else { return }
        isPluggedIn = isWanted
        log(isWanted ? "plugged in" : "unplugged")
        if isWanted { house.radio.plugIn(0) } else { house.radio.unplug(0) }
    }

    private mutating func log(_ what: String) {
        history.append("\(house.time.inSeconds) s \(what)")
    }
}
