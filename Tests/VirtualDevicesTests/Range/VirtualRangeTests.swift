import Clocks
import Devices
import RangeTrials
import Testing
import VirtualDevices

@Suite("Virtual range") struct VirtualRangeTests {
    @Test("six shots with hits 480 ms later on the second sensor appear on timer and sensor")
    func hits() throws {
        let string = RangeString.even(
            beep: nil, shots: 6, first: .milliseconds(1_500), split: .milliseconds(1_100), hitting: 1,
            after: .milliseconds(480))
        var range = VirtualRange(
            timer: VirtualAMGCommander(RangeScript([string]), seed: 1),
            sensors: (0..<3).map { VirtualBT50(seed: UInt64($0)) })
        range.raiseMTU(to: 247)
        var emissions = range.receive(write: try AMGCommand.start.bytes()[...], to: .timer, at: .seconds(2))
        while let next = range.nextEvent, next < .seconds(20) { emissions += range.tick(until: next) }
        #expect(zip(emissions, emissions.dropFirst()).allSatisfy { $0.emission.time <= $1.emission.time })
        let beep = try #require(range.beeps.first?.time)

        var timer = AMGDecoder()
        let shots = timer.timed(emissions.filter { $0.device == .timer }.map(\.emission)).compactMap {
            if case .push(let push) = $0.reading, push.status.state == .shot { push.status.time } else { nil }
        }
        #expect(shots == string.shots)

        for sensor in 0..<3 {
            var decoder = BT50Decoder(sampleInterval: .milliseconds(10))
            let samples = decoder.timed(emissions.filter { $0.device == .sensor(sensor) }.map(\.emission)).compactMap {
                if case .vibration(let sample) = $0.reading { ($0.time - sample.age, sample.velocity.z) } else { nil }
            }
            let onsets = zip(samples, samples.dropFirst()).filter { $1.1 > $0.1 + 40 }.map(\.1.0)
            #expect(onsets.count == (sensor == 1 ? 6 : 0))
            for (onset, shot) in zip(onsets, string.shots) {
                let error = onset - (beep + shot + .milliseconds(480))
                #expect(error >= .zero && error < .milliseconds(26))
            }
        }
    }

    @Test("the same seed gives the same random script, and its hits follow its shots")
    func script() {
        let script = RangeScript.random(strings: 30, sensors: 4, seed: 5)
        #expect(script == RangeScript.random(strings: 30, sensors: 4, seed: 5))
        #expect(script != RangeScript.random(strings: 30, sensors: 4, seed: 6))
        for string in script.strings {
            #expect((3...8).contains(string.shots.count))
            #expect(string.hits.count <= string.shots.count)
            #expect(string.hits.allSatisfy { (0..<4).contains($0.sensor) })
            #expect(zip(string.shots, string.shots.dropFirst()).allSatisfy { $0 < $1 })
        }
        let beeps = script.strings.compactMap(\.beep)
        #expect(zip(script.strings, beeps.dropFirst()).allSatisfy { ($0.beep ?? .zero) + ($0.stop ?? .zero) < $1 })
    }

    @Test("other timers report the same strings", arguments: 1...4)
    func otherTimers(seed: UInt64) {
        let script = RangeScript.random(strings: 6, sensors: 0, seed: seed)
        let shots = script.strings.flatMap(\.shots)
        var pie = VirtualSpecialPie(script, seed: seed, countsFromZero: seed % 2 == 0)
        var pieDecoder = SpecialPieDecoder()
        let pieShots = pieDecoder.timed(pie.tick(until: .seconds(300))).compactMap {
            if case .shot(let shot) = $0.reading { shot } else { nil }
        }
        #expect(pieShots.map(\.time) == shots.map(\.inHundredths))
        #expect(pieShots.map(\.number) == script.strings.flatMap { Array(1...$0.shots.count) })
        #expect(pieShots.allSatisfy { $0.number - $0.rawNumber == (seed % 2 == 0 ? 1 : 0) })
        #expect(pieDecoder.counters.rejectCount == 0)

        var timer = VirtualSGTimer(script, seed: seed)
        var decoder = SGDecoder(.event)
        let readings = decoder.timed(timer.tick(until: .seconds(300))).map(\.reading)
        let times = readings.compactMap { if case .shot(let shot) = $0 { shot.time } else { nil } }
        #expect(times == shots.map { Nanoseconds($0.count / 1_000_000 * 1_000_000) })
        #expect(readings.filter { $0.action == .started }.count == 6)
        let counts = readings.compactMap { if case .stopped(_, let count) = $0 { count } else { nil } }
        #expect(counts == script.strings.map(\.shots.count))
        for advertisement in [pie.advertisement, timer.advertisement] {
            guard case .device(_, .certain, _) = advertisement.identify() else {
                Issue.record("\(advertisement)")
                return
            }
        }
    }

    @Test("an SG Timer executes commands and acknowledges them")
    func commands() {
        var timer = VirtualSGTimer(RangeScript([RangeString(shots: [.seconds(1)])]), seed: 1)
        var emissions = timer.receive(write: [1, 3], at: .seconds(1))
        emissions += timer.receive(write: [1, 0], at: .seconds(2))
        emissions += timer.receive(write: [1, 0], at: .seconds(3))
        emissions += timer.receive(write: [1, 3], at: .seconds(8))
        emissions += timer.tick(until: .seconds(9))
        var answers = SGDecoder(.command)
        var events = SGDecoder(.event)
        var accepted: [Bool] = []
        var actions: [String] = []
        for emission in emissions {
            guard case .notification(let characteristic, let bytes) = emission.content else { continue }
            if characteristic == VirtualSGTimer.commandCharacteristic {
                answers.feed(bytes[...]) { if case .answered(_, let isAccepted) = $0 { accepted.append(isAccepted) } }
            } else {
                events.feed(bytes[...]) { reading in
                    switch reading {
                    case .started: actions.append("started")
                    case .began: actions.append("began")
                    case .shot: actions.append("shot")
                    case .stopped: actions.append("stopped")
                    default: actions.append("other")
                    }
                }
            }
        }
        #expect(accepted == [false, true, false, true])
        #expect(actions == ["started", "began", "shot", "stopped"])
    }
}

@Suite("Virtual heart-rate strap") struct VirtualHeartStrapTests {
    private func measurements(_ strap: inout VirtualHeartStrap, until end: Nanoseconds) -> [HeartStrapMeasurement] {
        var decoder = HeartStrapDecoder(.measurement)
        let measurements = decoder.timed(strap.tick(until: end)).compactMap {
            if case .measurement(let measurement) = $0.reading { measurement } else { nil }
        }
        #expect(decoder.counters.rejectCount == 0)
        return measurements
    }

    @Test("every beat interval is sent once, and the rate follows them", arguments: [false, true])
    func beats(isWide: Bool) {
        var strap = VirtualHeartStrap(seed: 3, sendsWideRates: isWide)
        let measurements = measurements(&strap, until: .seconds(121))
        #expect(measurements.count >= 119)
        let intervals = measurements.flatMap(\.intervals).map(Int.init)
        #expect(intervals == Array(strap.beats.prefix(intervals.count)))
        #expect(intervals.count > 90)
        let seconds = Double(intervals.reduce(0, +)) / 1_024
        #expect(seconds > 115 && seconds < 122)
        #expect(
            measurements.dropFirst(5).filter { $0.beatsPerMinute > 0 }.allSatisfy {
                (40...200).contains($0.beatsPerMinute)
            })
        #expect(measurements.compactMap(\.energy).count == measurements.count / 10)
        #expect(measurements.allSatisfy { $0.contact == .good })
    }

    @Test("without contact there are no beats, and this is reported")
    func gap() {
        var strap = VirtualHeartStrap(seed: 3, gaps: [.init(from: .seconds(30), to: .seconds(60))])
        let measurements = measurements(&strap, until: .seconds(91))
        let poor = measurements.filter { $0.contact == .poor }
        #expect(poor.count == 30)
        #expect(poor.dropFirst().allSatisfy { $0.intervals.isEmpty && $0.beatsPerMinute == 0 })
        #expect(measurements.last?.contact == .good)
        // The gap does not become one long interval.
        #expect(measurements.flatMap(\.intervals).allSatisfy { $0 < 2_000 })
    }

    @Test("the energy can be reset, and the battery level can be read")
    func control() {
        var strap = VirtualHeartStrap(seed: 3)
        _ = strap.tick(until: .seconds(600))
        _ = strap.receive(write: HeartStrapCommand.resetEnergy[...], at: .seconds(601))
        let energies = measurements(&strap, until: .seconds(620)).compactMap(\.energy)
        #expect(energies.first.map { $0 < 5 } == true)
        var decoder = HeartStrapDecoder(.battery)
        var levels: [HeartStrapReading] = []
        decoder.feed(strap.batteryLevel(at: .seconds(7_200))[...]) { levels.append($0) }
        #expect(levels == [.battery(94)])
        guard case .device(.heartStrap, .certain, _) = strap.advertisement.identify() else {
            Issue.record("not recognised")
            return
        }
    }
}
