import Clocks
import Devices
import Testing
import VirtualDevices

@Suite("Virtual BT50") struct VirtualBT50Tests {
    private func sensor(seed: UInt64 = 1, _ traits: VirtualBT50.Traits = .init(), mtu: Int = 247) -> VirtualBT50 {
        var sensor = VirtualBT50(seed: seed, traits: traits)
        sensor.mtu = mtu
        return sensor
    }

    private func samples(_ readings: [(time: Nanoseconds, reading: BT50Reading)]) -> [(Nanoseconds, BT50Vibration)] {
        readings.compactMap { item in
            if case .vibration(let sample) = item.reading { (item.time - sample.age, sample) } else { nil }
        }
    }

    private func motions(_ readings: [(time: Nanoseconds, reading: BT50Reading)]) -> [BT50Motion] {
        readings.compactMap { if case .motion(let sample) = $0.reading { sample } else { nil } }
    }

    @Test("sends a hundred frames per second, four per notification")
    func rate() {
        var sensor = sensor()
        var decoder = BT50Decoder(sampleInterval: .milliseconds(10))
        let emissions = sensor.emissions(until: .seconds(20), by: .milliseconds(13))
        #expect(emissions.compactMap(\.bytes).allSatisfy { $0.count == 128 })
        let samples = samples(decoder.timed(emissions))
        #expect(samples.count >= 1_990 && samples.count <= 2_000)
        #expect(decoder.counters.rejectCount == 0)
        #expect(samples.allSatisfy { (2_200...2_600).contains($0.1.temperature) && $0.1.velocity.z == 0 })
        // Corrected by their ages, the sample intervals vary only by the latency jitter.
        let gaps = zip(samples, samples.dropFirst()).map { $1.0 - $0.0 }
        #expect(gaps.allSatisfy { $0 > .milliseconds(-5) && $0 < .milliseconds(25) })
    }

    @Test("notifications with the default MTU are truncated and reported as cut off")
    func smallMTU() {
        var sensor = sensor(mtu: 23)
        var decoder = BT50Decoder()
        let readings = decoder.timed(sensor.tick(until: .seconds(2))).map(\.reading)
        #expect(readings.count > 50)
        let cuts = readings.filter { $0 == .cutOff(byteCount: 20) }.count
        #expect(cuts == readings.count / 2)
        #expect(decoder.counters[.truncated] == UInt64(cuts))
        #expect(decoder.counters.frames == 0)
    }

    @Test("a hit appears in the following sample and decays", arguments: [40.0, 110, 400])
    func hit(velocity: Double) throws {
        var sensor = sensor()
        sensor.strike(at: .milliseconds(5_003), velocity: velocity)
        var decoder = BT50Decoder(sampleInterval: .milliseconds(10))
        let samples = samples(decoder.timed(sensor.tick(until: .seconds(8))))
        let first = try #require(samples.firstIndex { $0.1.velocity.z > 0 })
        let onset = samples[first].0 - .milliseconds(5_003)
        #expect(onset >= .zero && onset < .milliseconds(25))
        let peak = Double(samples[first].1.velocity.z)
        #expect(peak > velocity * 0.8 && peak <= velocity)
        let decay = samples[first...].map(\.1.velocity.z)
        #expect(zip(decay, decay.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(samples.last?.1.velocity.z == 0)
    }

    @Test("momentary values have chip times 10 ms apart and oscillate around zero")
    func nowData() {
        var sensor = sensor(.init(nowData: true))
        sensor.strike(at: .seconds(2), velocity: 200)
        var decoder = BT50Decoder()
        let motions = motions(decoder.timed(sensor.tick(until: .seconds(5))))
        #expect(motions.count > 490)
        #expect(zip(motions, motions.dropFirst()).allSatisfy { $1.chipTime - $0.chipTime == .milliseconds(10) })
        #expect(motions.prefix(4).map(\.age) == [30, 20, 10, 0].map { Nanoseconds.milliseconds($0) })
        let swing = motions.map(\.velocity.z)
        #expect((swing.max() ?? 0) > 100 && (swing.min() ?? 0) < -80)
        #expect(motions.first.map { $0.acceleration.y > 1_900 } == true)
    }

    @Test("the request queue reads registers and changes rate and mode")
    func requests() throws {
        var sensor = sensor(.init(rate: .hertz10))
        var decoder = BT50Decoder()
        var queue = BT50RequestQueue()
        let isQueued = queue.read(.returnRate) && queue.read(.battery) && queue.read(.firmwareLow)
        let isSet = try queue.set(.rate(.hertz100)) && queue.set(.nowData(true))
        #expect(isQueued && isSet && queue.read(.mode))
        var registers: [BT50Registers] = []
        var kinds: Set<String> = []
        var time = Nanoseconds.zero
        while time < .seconds(12) {
            time = time + .milliseconds(5)
            var emissions = sensor.tick(until: time)
            if case .write(let bytes) = queue.next(at: MonotonicTime(nanoseconds: time.count)) {
                emissions += sensor.receive(write: bytes[...], at: time)
            }
            for (_, reading) in decoder.timed(emissions) {
                switch reading {
                case .registers(let answer):
                    registers.append(answer)
                    _ = queue.receive(answer)
                case .motion: kinds.insert("motion")
                case .vibration: kinds.insert("vibration")
                case .cutOff, .rejected: kinds.insert("wrong")
                }
            }
        }
        #expect(queue.isIdle)
        #expect(kinds == ["motion", "vibration"])
        #expect(registers.first?.rate == .hertz10)
        #expect(registers.compactMap(\.firmware).contains("10057.2.7"))
        #expect(registers.compactMap(\.battery).first == 412)
        #expect(registers.last?[.mode] == 1)
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test(
        "of consecutive reads only the first is answered; at 20 ms nearly all, at 10 ms few",
        arguments: [(Int64(1), 0...8), (10, 1...35), (20, 88...100), (50, 98...100)])
    func haste(gap: Int64, expected: ClosedRange<Int>) {
        var answered = 0
        for seed in 0..<20 {
            var sensor = sensor(seed: UInt64(seed), .init(rate: .hertz200))
            var decoder = BT50Decoder()
            var emissions: [VirtualEmission] = []
            for index in 0..<50 {
                let time = Nanoseconds.milliseconds(1_000 + gap * Int64(index))
                emissions += sensor.receive(write: BT50Command.read(.battery).bytes[...], at: time)
            }
            emissions += sensor.tick(until: .seconds(5))
            answered +=
                decoder.timed(emissions).filter { if case .registers = $0.reading { true } else { false } }.count
        }
        #expect(expected.contains(answered / 10), "\(answered) of 1,000")
    }

    @Test("missing bytes affect only their frames", arguments: 1...4)
    func damage(seed: UInt64) {
        var sensor = sensor(seed: seed, .init(nowData: seed % 2 == 0, damageProbability: 0.1))
        var decoder = BT50Decoder()
        let readings = decoder.timed(sensor.tick(until: .seconds(60)))
        let good = readings.filter { if case .rejected = $0.reading { false } else { true } }.count
        // A tenth of the notifications lose one of four frames.
        #expect(good > 5_750 && good < 5_950)
        #expect(decoder.counters.rejectCount > 100)
        #expect(decoder.counters[.unknown] == 0)
        if seed % 2 == 0 {
            let times = motions(readings).map(\.chipTime)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("a restart ends the link, resets the clock and discards unsaved registers")
    func reset() {
        var sensor = sensor(.init(nowData: true, resets: [.seconds(10)]))
        let setting: [BT50Command] = [.unlock, .write(.mode, 0)]
        var emissions: [VirtualEmission] = []
        for (index, command) in setting.enumerated() {
            emissions += sensor.receive(write: command.bytes[...], at: .milliseconds(5_000 + Int64(index) * 100))
        }
        emissions += sensor.tick(until: .seconds(20))
        #expect(emissions.contains(VirtualEmission.linkLost(at: .seconds(10))))
        var decoder = BT50Decoder()
        let readings = decoder.timed(emissions)
        #expect(samples(readings).count > 400)
        let motions = motions(readings)
        #expect(motions.last.map { $0.chipTime < .milliseconds(10_001) } == true)
    }

    @Test("writes need a recent unlock key, and saved values survive a restart")
    func locks() {
        var sensor = sensor(.init(resets: [.seconds(60)]))
        _ = sensor.receive(write: BT50Command.write(.mode, 1).bytes[...], at: .seconds(1))
        _ = sensor.receive(write: BT50Command.unlock.bytes[...], at: .seconds(2))
        _ = sensor.receive(write: BT50Command.write(.mode, 1).bytes[...], at: .seconds(13))
        var decoder = BT50Decoder()
        #expect(motions(decoder.timed(sensor.tick(until: .seconds(20)))).isEmpty)
        for (index, command) in [BT50Command.unlock, .write(.mode, 1), .save].enumerated() {
            _ = sensor.receive(write: command.bytes[...], at: .milliseconds(30_000 + Int64(index) * 100))
        }
        _ = sensor.tick(until: .seconds(61))
        #expect(!motions(decoder.timed(sensor.tick(until: .seconds(70)))).isEmpty)
    }

    @Test("is recognised by its advertisement, and the same seed gives the same output")
    func identity() {
        guard case .device(.bt50, .certain, _) = sensor().advertisement.identify() else {
            Issue.record("not recognised")
            return
        }
        var first = sensor(seed: 5)
        var second = sensor(seed: 5)
        let whole = first.tick(until: .seconds(5))
        #expect(second.emissions(until: .seconds(5), by: .milliseconds(1)) == whole)
    }
}
