import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("A session with a pressure mat") @ReactorActor
struct MatSessionTests {
    private static let insole = KnownMat.all[0]

    @Test("a mat is recognised by its frames, and from then on each frame is told with its number")
    func frames() async throws {
        let bench = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 1, scansAtRest: 0))
        await bench.run(until: .seconds(30))
        #expect(bench.outputs.first?.output == .sessionEvent(.ready(mtu: 247)))
        #expect(bench.outputs.dropFirst().first?.output == .recognised(Self.insole))
        #expect(bench.mats == [Self.insole] && bench.refusals.isEmpty)
        let numbers = bench.frames.compactMap(\.frame)
        // 48 scans in 30 s; those by which it was recognised are over.
        #expect(numbers == Array(numbers[0]..<numbers[0] + numbers.count))
        #expect(numbers[0] <= 5 && (46...48).contains(numbers.last ?? 0))
        #expect(bench.frames.allSatisfy { $0.rows == 12 && $0.columns == 8 })
        bench.close()
        #expect(bench.errors == [.closed])
    }

    @Test("a frame is told as soon as it is whole, not when the next one begins")
    func promptness() async throws {
        let bench = try SessionTestBed(MatSession(mat: Self.insole), VirtualBluetoothMat(seed: 2, scansAtRest: 0))
        await bench.run(until: .seconds(20))
        for entry in bench.outputs {
            guard case .item(.frame(let frame)) = entry.output, let number = frame.frame else { continue }
            // The first leaves a scan after the start.
            let sent = Nanoseconds(seconds: Double(number + 1) / 1.6)
            #expect(entry.time - sent < .milliseconds(300), "frame \(number)")
        }
        #expect(bench.frames.count >= 30)
        bench.close()
    }

    @Test("larger grids, and the text of the first firmware, are recognised as well", arguments: ["grid-13x9", "text"])
    func otherForms(name: String) async throws {
        let known = try #require(KnownMat.named(name))
        let bench = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 3, mat: known, scansAtRest: 0))
        await bench.run(until: .seconds(20))
        #expect(bench.mats == [known] && bench.frames.count >= 20)
        bench.close()
    }

    @Test("the minute in which a mat finds out what rest is is no silence")
    func calibration() async throws {
        let bench = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 4))
        await bench.run(until: .seconds(62))
        #expect(bench.outputs.count == 1 && bench.errors.isEmpty)
        await bench.run(until: .seconds(75))
        #expect(bench.frames.count >= 10 && bench.errors.isEmpty)
        bench.close()
    }

    @Test("a link that breaks in mid-frame costs that frame; on the next one nobody has to listen again")
    func reconnect() async throws {
        let bench = try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: 5, scansAtRest: 0))
        await bench.run(until: .seconds(10))
        let heard = bench.device.receivedPackets.count
        // In the middle of frame 17: it left at 10.625 s, and its pieces take some time.
        await bench.run(until: .milliseconds(10_626))
        while bench.time < .milliseconds(10_660) { await bench.run(for: .milliseconds(1)) }
        bench.device.disconnect()
        await bench.run(for: .milliseconds(1))
        #expect(bench.errors == [.peerDisconnected] && bench.device.receivedPackets.count == heard)
        let before = bench.frames.count
        try bench.reconnect()
        await bench.run(until: .seconds(20))
        #expect(bench.mats == [Self.insole])
        #expect(bench.frames.count >= before + 13)
        let numbers = bench.frames.compactMap(\.frame)
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        bench.close()
    }

    @Test("a device that talks for a minute and sends no frame is no mat: the session says so and writes nothing to it")
    func noMat() async throws {
        let bench = try SessionTestBed(
            MatSession(), UnrelatedUARTDevice(words: Array("hello, I am a thermometer".utf8)))
        await bench.run(until: .seconds(59))
        #expect(bench.errors.isEmpty)
        await bench.run(until: .seconds(62))
        #expect(bench.outputs.last?.output == .sessionEvent(.ended(.missing("a pressure mat's frames"))))
        #expect(bench.errors == [.closed] && !bench.device.peripheral.wasWrittenTo)
        bench.close()
    }

    @Test("something that is not even a UART is named as what it lacks")
    func lookalike() async throws {
        let bench = try SessionTestBed(MatSession(), SilentDevice(services: VirtualHeartStrap.serviceTable))
        await bench.run(until: .seconds(1))
        let missing = SessionEvent.ended(.missing("6e400003-b5a3-f393-e0a9-e50e24dcca9e"))
        #expect(bench.outputs.map(\.output) == [.sessionEvent(missing)])
        bench.close()
    }

    @Test("a mat that falls silent is given up after ten seconds; one that never spoke after two minutes")
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

    @Test("a mat that has become another one since is listened to anew")
    func changed() async throws {
        let larger = try #require(KnownMat.named("grid-13x9"))
        let bench = try SessionTestBed(
            MatSession(mat: Self.insole), VirtualBluetoothMat(seed: 6, mat: larger, scansAtRest: 0))
        await bench.run(until: .seconds(90))
        #expect(bench.mats == [larger] && bench.frames.count > 20)
        #expect(bench.frames.allSatisfy { $0.rows == 13 } && bench.errors.isEmpty)
        bench.close()
    }

    @Test("ten mats at once, each with its own frames")
    func many() async throws {
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let benches = try (0..<10 as Range<UInt64>).map { seed in
            try SessionTestBed(MatSession(), VirtualBluetoothMat(seed: seed, scansAtRest: 0), timers: timers)
        }
        let end = MonotonicTime(nanoseconds: 20_000_000_000)
        for _ in 0..<200 { await Task.yield() }
        while let next = timers.nextDeadline, next <= end {
            timers.advance(to: next)
            for _ in 0..<4 { await Task.yield() }
        }
        for bench in benches {
            #expect(bench.frames.count >= 25 && bench.refusals.isEmpty && bench.errors.isEmpty)
            bench.close()
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

    fileprivate var refusals: [DecoderReject] {
        outputs.compactMap { if case .item(.rejected(let reject)) = $0.output { reject } else { nil } }
    }
}

/// Offers a Nordic UART, and says the same every 200 ms.
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
