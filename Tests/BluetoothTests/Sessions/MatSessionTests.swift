import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("Pressure mat session") @ReactorActor
struct MatSessionTests {
    private static let insole = KnownMat.all[0]

    @Test("detects the model, then reports each frame with its number")
    func frames() async throws {
        let testBed = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 1, scansAtRest: 0))
        await testBed.run(until: .seconds(30))
        #expect(testBed.outputs.first?.output == .sessionEvent(.ready(mtu: 247)))
        #expect(testBed.outputs.dropFirst().first?.output == .recognised(Self.insole))
        #expect(testBed.mats == [Self.insole] && testBed.rejects.isEmpty)
        let numbers = testBed.frames.compactMap(\.frame)
        // 48 frames in 30 s, without those that identified the model.
        #expect(numbers == Array(numbers[0]..<numbers[0] + numbers.count))
        #expect(numbers[0] <= 5 && (46...48).contains(numbers.last ?? 0))
        #expect(testBed.frames.allSatisfy { $0.rows == 12 && $0.columns == 8 })
        testBed.close()
        #expect(testBed.errors == [.closed])
    }

    @Test("reports a frame as soon as it is complete")
    func delay() async throws {
        let testBed = try SessionTestBed(MatSession(mat: Self.insole), VirtualBluetoothMat(seed: 2, scansAtRest: 0))
        await testBed.run(until: .seconds(20))
        for entry in testBed.outputs {
            guard case .item(.frame(let frame)) = entry.output, let number = frame.frame else { continue }
            // The first frame is sent one scan after the start.
            let sent = Nanoseconds(seconds: Double(number + 1) / 1.6)
            #expect(entry.time - sent < .milliseconds(300), "frame \(number)")
        }
        #expect(testBed.frames.count >= 30)
        testBed.close()
    }

    @Test("detects larger grids and the text format", arguments: ["grid-13x9", "text"])
    func otherFormats(name: String) async throws {
        let known = try #require(KnownMat.named(name))
        let testBed = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 3, mat: known, scansAtRest: 0))
        await testBed.run(until: .seconds(20))
        #expect(testBed.mats == [known] && testBed.frames.count >= 20)
        testBed.close()
    }

    @Test("tolerates silence during calibration")
    func calibration() async throws {
        let testBed = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 4))
        await testBed.run(until: .seconds(62))
        #expect(testBed.outputs.count == 1 && testBed.errors.isEmpty)
        await testBed.run(until: .seconds(75))
        #expect(testBed.frames.count >= 10 && testBed.errors.isEmpty)
        testBed.close()
    }

    @Test("loses only the current frame when the link breaks, and keeps the model")
    func reconnect() async throws {
        let testBed = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 5, scansAtRest: 0))
        await testBed.run(until: .seconds(10))
        let heard = testBed.device.receivedPackets.count
        // In the middle of frame 17, which is sent from 10.625 s on.
        await testBed.run(until: .milliseconds(10_626))
        while testBed.time < .milliseconds(10_660) { await testBed.run(for: .milliseconds(1)) }
        testBed.device.disconnect()
        await testBed.run(for: .milliseconds(1))
        #expect(testBed.errors == [.peerDisconnected] && testBed.device.receivedPackets.count == heard)
        let before = testBed.frames.count
        try testBed.reconnect()
        await testBed.run(until: .seconds(20))
        #expect(testBed.mats == [Self.insole])
        #expect(testBed.frames.count >= before + 13)
        let numbers = testBed.frames.compactMap(\.frame)
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        testBed.close()
    }

    @Test("ends after a minute of data without a frame, and writes nothing to the device")
    func noMat() async throws {
        let testBed = try SessionTestBed(
            MatSession(), UnrelatedUARTDevice(words: Array("hello, I am a thermometer".utf8)))
        await testBed.run(until: .seconds(59))
        #expect(testBed.errors.isEmpty)
        await testBed.run(until: .seconds(62))
        #expect(testBed.outputs.last?.output == .sessionEvent(.ended(.missing("a pressure mat's frames"))))
        #expect(testBed.errors == [.closed] && !testBed.device.peripheral.wasWrittenTo)
        testBed.close()
    }

    @Test("reports a missing UART service")
    func missingService() async throws {
        let testBed = try SessionTestBed(MatSession(), SilentDevice(services: VirtualHeartStrap.serviceTable))
        await testBed.run(until: .seconds(1))
        let missing = SessionEvent.ended(.missing("6e400003-b5a3-f393-e0a9-e50e24dcca9e"))
        #expect(testBed.outputs.map(\.output) == [.sessionEvent(missing)])
        testBed.close()
    }

    @Test("ends after ten seconds of silence, or two minutes if the mat never sent anything")
    func silence() async throws {
        let mute = try SessionTestBed(MatSession(), SilentDevice(services: VirtualBluetoothMat.serviceTable))
        await mute.run(until: .seconds(119))
        #expect(mute.errors.isEmpty)
        await mute.run(until: .seconds(122))
        #expect(mute.outputs.last?.output == .sessionEvent(.ended(.silent)) && mute.errors == [.closed])
        let words = Array("R0:1,2\r\n".utf8)
        let fading = try SessionTestBed(MatSession(), UnrelatedUARTDevice(words: words, until: .seconds(5)))
        await fading.run(until: .seconds(14))
        #expect(fading.errors.isEmpty)
        await fading.run(until: .seconds(16))
        #expect(fading.outputs.last?.output == .sessionEvent(.ended(.silent)))
        mute.close()
        fading.close()
    }

    @Test("detects a changed model")
    func changed() async throws {
        let larger = try #require(KnownMat.named("grid-13x9"))
        let testBed = try SessionTestBed(
            MatSession(mat: Self.insole), VirtualBluetoothMat(seed: 6, mat: larger, scansAtRest: 0))
        await testBed.run(until: .seconds(90))
        #expect(testBed.mats == [larger] && testBed.frames.count > 20)
        #expect(testBed.frames.allSatisfy { $0.rows == 13 } && testBed.errors.isEmpty)
        testBed.close()
    }

    @Test("keeps the frames of ten mats apart")
    func many() async throws {
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let testBeds = try (0..<10 as Range<UInt64>).map { seed in
            try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: seed, scansAtRest: 0), timers: timers)
        }
        let end = MonotonicTime(nanoseconds: 20_000_000_000)
        for _ in 0..<200 { await Task.yield() }
        while let next = timers.nextDeadline, next <= end {
            timers.advance(to: next)
            for _ in 0..<4 { await Task.yield() }
        }
        for testBed in testBeds {
            #expect(testBed.frames.count >= 25 && testBed.rejects.isEmpty && testBed.errors.isEmpty)
            testBed.close()
        }
        #expect(timers.count == 0)
    }
}

extension SessionTestBed where Session == MatSession {
    fileprivate var mats: [KnownMat] {
        outputs.compactMap { if case .recognised(let mat) = $0.output { mat } else { nil } }
    }

    fileprivate var frames: [MatReading] {
        outputs.compactMap { if case .item(.frame(let frame)) = $0.output { frame } else { nil } }
    }

    fileprivate var rejects: [DecoderReject] {
        outputs.compactMap { if case .item(.rejected(let reject)) = $0.output { reject } else { nil } }
    }
}

/// Offers a Nordic UART service and sends the same bytes every 200 ms.
private struct UnrelatedUARTDevice: VirtualGATTPeripheral {
    let words: [UInt8]
    var until: Nanoseconds?
    private(set) var wasWrittenTo = false
    private var next = Nanoseconds.zero

    init(words: [UInt8], until: Nanoseconds? = nil) {
        self.words = words
        self.until = until
    }

    var services: [VirtualService] { VirtualBluetoothMat.serviceTable }
    var advertisement: BluetoothAdvertisement { BluetoothAdvertisement(name: "BLE_Test") }

    var nextEvent: Nanoseconds? {
        if let until, next > until { nil } else { next }
    }

    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        wasWrittenTo = true
        return []
    }

    mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        var emissions: [VirtualEmission] = []
        while let event = nextEvent, event <= time {
            emissions.append(
                VirtualEmission(time: event, content: .notification(VirtualBluetoothMat.notifyCharacteristic, words)))
            next = next + .milliseconds(200)
        }
        return emissions
    }
}
