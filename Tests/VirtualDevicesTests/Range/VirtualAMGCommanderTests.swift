import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@Suite("Virtual AMG Commander") struct VirtualAMGCommanderTests {
    private func write(
        _ command: AMGCommand, to timer: inout VirtualAMGCommander, at time: Nanoseconds
    ) throws -> [VirtualEmission] {
        timer.receive(write: try command.bytes()[...], at: time)
    }

    private func pushes(_ emissions: [VirtualEmission]) -> [(time: Nanoseconds, push: AMGPush)] {
        var decoder = AMGDecoder()
        return decoder.timed(emissions).compactMap { item in
            if case .push(let push) = item.reading { (item.time, push) } else { nil }
        }
    }

    @Test("decoded pushes equal the script", arguments: 1...5)
    func roundTrip(seed: UInt64) {
        let script = RangeScript.random(strings: 12, sensors: 0, seed: seed)
        var timer = VirtualAMGCommander(script, seed: seed)
        let pushes = pushes(timer.emissions(until: .seconds(400), by: .milliseconds(7)))
        var expected: [TimerEvent.Action] = []
        for string in script.strings {
            expected.append(.started)
            var last: Shot?
            for (index, time) in string.shots.enumerated() {
                let time = time.inHundredths
                let shot = Shot(
                    number: index + 1, time: time, split: time - (last?.time ?? .zero),
                    first: string.shots.first?.inHundredths)
                expected.append(.shot(shot))
                last = shot
            }
            expected.append(.stopped(last: last))
        }
        #expect(pushes.map(\.push.action) == expected)
        #expect(pushes.last?.push.string == 12)
        for (time, push) in pushes where push.status.state == .shot {
            let beep = timer.beeps[push.string - 1].time
            let delay = time - (beep + push.status.time)
            #expect(delay >= .milliseconds(4) && delay <= .milliseconds(60))
        }
        #expect(zip(pushes, pushes.dropFirst()).allSatisfy { $0.time <= $1.time })
    }

    @Test("a start push contains total, first and last of the previous string")
    func staleStart() throws {
        let script = RangeScript([
            RangeString(beep: .seconds(1), shots: [.seconds(1), .seconds(2)], stop: .seconds(3)),
            RangeString(beep: .seconds(10), shots: [.seconds(1)], stop: .seconds(3)),
        ])
        var timer = VirtualAMGCommander(script, seed: 1)
        let starts = pushes(timer.tick(until: .seconds(20))).map(\.push).filter { $0.status.state == .started }
        #expect(starts.map(\.status.total) == [0, 2])
        #expect(starts.map(\.status.shot) == [0, 0])
        #expect(starts.map(\.status.first) == [.zero, .seconds(1)])
        #expect(starts.map(\.status.last) == [.zero, .seconds(2)])
        #expect(starts.map(\.status.time) == [.zero, .zero])
    }

    @Test("the output depends only on the seed, not on the calls of tick")
    func determinism() {
        let script = RangeScript.random(strings: 5, sensors: 0, seed: 3)
        var timers = (0..<3).map { _ in VirtualAMGCommander(script, seed: 4) }
        let whole = timers[0].tick(until: .seconds(200))
        #expect(timers[1].emissions(until: .seconds(200), by: .milliseconds(3)) == whole)
        var byEvent: [VirtualEmission] = []
        while let next = timers[2].nextEvent, next <= .seconds(200) { byEvent += timers[2].tick(until: next) }
        #expect(byEvent == whole)
    }

    @Test("the shot list is complete for any number of shots", arguments: [0, 1, 8, 9, 10, 18, 27, 150])
    func repair(count: Int) throws {
        let shots = (0..<count).map { Nanoseconds.milliseconds(1_000 + 310 * Int64($0)) }
        let script = RangeScript([RangeString(beep: .seconds(1), shots: shots, stop: .seconds(100))])
        var timer = VirtualAMGCommander(script, seed: 6, traits: .init(pushes: false))
        #expect(timer.tick(until: .seconds(110)).isEmpty)
        var decoder = AMGDecoder()
        let early = try write(.requestString, to: &timer, at: .seconds(110))
        var readings = decoder.timed(early + timer.tick(until: .seconds(111))).map(\.reading)
        decoder.flush { readings.append($0) }
        guard case .list(let list)? = readings.first, readings.count == 1 else {
            Issue.record("\(readings)")
            return
        }
        #expect(list.times == shots.map(\.inHundredths))
    }

    @Test("with lost notifications, the remaining ones are correct")
    func losses() throws {
        let script = RangeScript.random(strings: 20, sensors: 0, seed: 9)
        var timer = VirtualAMGCommander(script, seed: 9, traits: .init(lossProbability: 0.3))
        var decoder = AMGDecoder()
        var received = 0
        for string in script.strings {
            guard let beep = string.beep, let stop = string.stop else { continue }
            for (_, reading) in decoder.timed(timer.tick(until: beep + stop + .seconds(1))) {
                guard case .push(let push) = reading, push.status.state == .shot else { continue }
                received += 1
                #expect(push.status.time == string.shots[push.status.shot - 1].inHundredths)
            }
        }
        let all = script.strings.reduce(0) { $0 + $1.shots.count }
        #expect(received > all / 2 && received < all)
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("stores three strings and lists the displayed one")
    func memory() throws {
        let script = RangeScript(
            (0..<4).map { index in
                RangeString(
                    beep: .seconds(10 * Int64(index + 1)), shots: [.seconds(Int64(index) + 1)], stop: .seconds(6))
            })
        var timer = VirtualAMGCommander(script, seed: 2)
        _ = timer.tick(until: .seconds(60))
        for (back, expected) in [(0, 4), (1, 3), (2, 2), (3, 2)] {
            timer.show(stringsBack: back)
            let now = Nanoseconds.seconds(61 + Int64(back) * 2)
            var decoder = AMGDecoder()
            let emissions = try write(.requestString, to: &timer, at: now) + timer.tick(until: now + .seconds(1))
            guard case .list(let list)? = decoder.timed(emissions).first?.reading else {
                Issue.record("no list")
                continue
            }
            #expect(list.times == [.seconds(Int64(expected))])
        }
    }

    @Test("starts after the configured delay and stops on command")
    func commands() throws {
        let script = RangeScript([RangeString(shots: [.seconds(1), .seconds(2), .seconds(3)])])
        var timer = VirtualAMGCommander(script, seed: 2)
        _ = try write(.setDelay(.instant, fixed: 150, random: 0), to: &timer, at: .seconds(1))
        _ = try write(.start, to: &timer, at: .seconds(2))
        #expect(timer.beeps.isEmpty)
        var emissions = timer.tick(until: .milliseconds(6_000))
        #expect(timer.beeps.map(\.time) == [.milliseconds(3_500)])
        emissions += try write(.stop, to: &timer, at: .milliseconds(6_000))
        emissions += timer.tick(until: .seconds(20))
        #expect(pushes(emissions).map(\.push.status.state) == [.started, .shot, .shot, .stopped])
    }

    @Test("settings need a stopped timer, 100 ms spacing and the exact number of digits")
    func settings() throws {
        var timer = VirtualAMGCommander(
            RangeScript([RangeString(beep: .seconds(10), shots: [], stop: .seconds(5))]), seed: 2)
        _ = try write(.setSensitivity(8), to: &timer, at: .seconds(1))
        #expect(timer.settings.sensitivity == 8)
        _ = try write(.setSensitivity(3), to: &timer, at: .milliseconds(1_099))
        #expect(timer.settings.sensitivity == 8)
        _ = try write(.setSensitivity(4), to: &timer, at: .milliseconds(1_199))
        #expect(timer.settings.sensitivity == 4)
        _ = try write(.setSensitivity(9), to: &timer, at: .seconds(12))
        #expect(timer.settings.sensitivity == 4)
        var now = Nanoseconds.seconds(20)
        for command in [
            AMGCommand.setEchoDelay(7), .setBeepVolume(0), .setPreset(5), .setParType(3), .setParTime(2, 350),
            .setDelay(.random, fixed: 100, random: 50),
        ] {
            _ = try write(command, to: &timer, at: now)
            now = now + .milliseconds(100)
        }
        let settings = timer.settings
        #expect((settings.echoDelay, settings.beepVolume, settings.preset) == (7, 0, 5))
        #expect((settings.parType, settings.parTimes) == (3, [0, 350, 0]))
        #expect((settings.delayKind, settings.fixedDelay, settings.randomDelay) == (2, 100, 50))
        for wrong in [
            "SET SENSITIVITY 4", "SET SENSITIVITY 11", "SET PRESET 0", "set preset 2", "SET PAR TIME 4 00001", "",
        ] {
            _ = timer.receive(write: Array(wrong.utf8)[...], at: now)
            now = now + .milliseconds(100)
        }
        #expect(timer.settings == settings)
    }

    @Test("the screen can be requested as bytes and as text")
    func screen() throws {
        let script = RangeScript([RangeString(beep: .seconds(1), shots: [.milliseconds(1_240)], stop: .seconds(5))])
        var timer = VirtualAMGCommander(script, seed: 2)
        _ = timer.tick(until: .seconds(8))
        var decoder = AMGDecoder()
        let emissions =
            try write(.requestScreen, to: &timer, at: .seconds(8))
            + write(.requestScreenText, to: &timer, at: .seconds(9)) + timer.tick(until: .seconds(10))
        let readings = decoder.timed(emissions).map(\.reading)
        guard case .screen(let screen)? = readings.first else {
            Issue.record("\(readings)")
            return
        }
        let time = Nanoseconds.milliseconds(1_240)
        #expect((screen.shot, screen.total, screen.time, screen.last) == (1, 1, time, time))
        #expect(
            readings.dropFirst().map { $0 } == [
                .text(.shot(1, of: 1)), .text(.time(time)), .text(.split(time)), .text(.firstShot(time)),
                .text(.lastShot(time)),
            ])
    }

    @Test("ends a string after five minutes and powers off after fifteen")
    func timeouts() {
        var timer = VirtualAMGCommander(RangeScript([RangeString(beep: .seconds(10), shots: [.seconds(1)])]), seed: 1)
        let emissions = timer.tick(until: .seconds(2_000))
        #expect(pushes(emissions).map(\.push.status.state) == [.started, .shot, .stopped])
        let stop = emissions[2].time
        #expect(stop > .seconds(310) && stop < .milliseconds(310_050))
        #expect(emissions.last == VirtualEmission.linkLost(at: .seconds(310 + 900)))
        #expect(timer.nextEvent == nil)
    }

    @Test("a restart ends the link and clears memory and string count")
    func reset() {
        let script = RangeScript([
            RangeString(beep: .seconds(1), shots: [.seconds(1)], stop: .seconds(5)),
            RangeString(beep: .seconds(20), shots: [.seconds(1)], stop: .seconds(5)),
        ])
        var timer = VirtualAMGCommander(script, seed: 1, traits: .init(resets: [.seconds(10)]))
        let emissions = timer.tick(until: .seconds(60))
        #expect(emissions.contains(VirtualEmission.linkLost(at: .seconds(10))))
        let starts = pushes(emissions).map(\.push).filter { $0.status.state == .started }
        #expect(starts.map(\.string) == [1, 1])
        #expect(starts.map(\.status.total) == [0, 0])
    }

    @Test("is recognised by its advertisement")
    func advertisement() {
        let verdict = VirtualAMGCommander(RangeScript(), seed: 1).advertisement.identify()
        guard case .device(.amgCommander, .certain, _) = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }
}

extension VirtualEmission {
    static func linkLost(at time: Nanoseconds) -> VirtualEmission {
        VirtualEmission(time: time, content: .linkLost)
    }
}
