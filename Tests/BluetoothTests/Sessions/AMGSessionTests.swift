import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@Suite("A session with an AMG Commander") @ReactorActor
struct AMGSessionTests {
    private typealias Action = (action: TimerEvent.Action, string: Int?, source: AMGSession.Source, frame: [UInt8])

    private static let string = RangeString.even(
        beep: .seconds(5), shots: 6, first: .milliseconds(1_500), split: .milliseconds(1_100), hitting: 0,
        after: .zero)

    private func bench(
        _ strings: [RangeString], _ traits: VirtualAMGCommander.Traits = .init()
    ) throws -> SessionTestBed<AMGSession, VirtualAMGCommander> {
        try SessionTestBed(AMGSession(), VirtualAMGCommander(RangeScript(strings), seed: 2, traits: traits))
    }

    private func actions(_ bench: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [Action] {
        bench.outputs.compactMap {
            if case .action(let action, let string, let source, let frame) = $0.output {
                (action, string, source, frame)
            } else {
                nil
            }
        }
    }

    private func shots(_ bench: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [Shot] {
        actions(bench).compactMap { if case .shot(let shot) = $0.action { shot } else { nil } }
    }

    /// What was written to the timer, and when is for the caller to know.
    private func commands(_ bench: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [String] {
        bench.device.receivedPackets.filter { $0.first == 0x12 && $0.count > 5 }.map {
            String(decoding: $0.dropFirst(3), as: UTF8.self)
        }
    }

    @Test("a string is told as the timer pushes it, each thing once")
    func pushes() async throws {
        let bench = try bench([Self.string])
        await bench.run(until: .seconds(20))
        let actions = actions(bench)
        #expect(actions.count == 8 && actions.allSatisfy { $0.source == .pushed && $0.string == 1 })
        #expect(actions.first?.action == .started)
        #expect(shots(bench).map(\.time) == Self.string.shots && shots(bench).map(\.number) == Array(1...6))
        guard case .stopped(last: .some(let last)) = actions.last?.action else { return #expect(Bool(false)) }
        #expect(last.number == 6)
        // Each with the bytes in which the timer said so: what was pushed, and with which count.
        #expect(actions.map { $0.frame.count } == Array(repeating: 14, count: 8))
        #expect(actions.map { $0.frame[1] } == [5, 3, 3, 3, 3, 3, 3, 8])
        #expect(actions[1...6].map { Int($0.frame[2]) } == Array(1...6))
        #expect(bench.outputs.count { $0.output == .pushState(.on) } == 1)
        // Once it is known that the timer pushes, nobody asks any more.
        let asked = commands(bench).count
        await bench.run(until: .seconds(60))
        #expect(commands(bench).count == asked)
        bench.close()
    }

    @Test("a timer that does not push is noticed, asked often, and tells the same string a little later")
    func polling() async throws {
        let bench = try bench([Self.string], .init(pushes: false))
        await bench.run(until: .seconds(30))
        #expect(bench.outputs.count { $0.output == .pushState(.off) } == 1 && bench.link.session.pushState == .off)
        #expect(shots(bench).map(\.time) == Self.string.shots && shots(bench).map(\.number) == Array(1...6))
        #expect(actions(bench).allSatisfy { $0.source == .polled })
        #expect(actions(bench).first?.action == .started)
        guard case .stopped = actions(bench).last?.action else { return #expect(Bool(false), "\(actions(bench))") }
        bench.close()
    }

    @Test("strings that come later are polled too, each once, quick ones as well")
    func pollingOn() async throws {
        let quick = RangeString(
            beep: .seconds(40), shots: [.milliseconds(200), .milliseconds(300)], stop: .milliseconds(500))
        let bench = try bench([Self.string, quick], .init(pushes: false))
        await bench.run(until: .seconds(60))
        #expect(shots(bench).map(\.time) == Self.string.shots + quick.shots)
        #expect(actions(bench).count { $0.action == .started } == 2)
        bench.close()
    }

    @Test(
        "shots that fell while the link was down are asked for afterwards, and nothing is told twice",
        arguments: [
            // Lost after the second shot and found again: between two shots, after the last, after the stop.
            (8_000, 10_000), (8_000, 12_500), (8_000, 25_000),
        ])
    func repair(lost: Int64, found: Int64) async throws {
        let bench = try bench([Self.string])
        await bench.run(until: .milliseconds(lost))
        bench.device.disconnect()
        await bench.run(until: .milliseconds(found))
        #expect(shots(bench).count == 2 && bench.errors == [.peerDisconnected])
        try bench.reconnect()
        await bench.run(until: .seconds(40))
        #expect(shots(bench).map(\.number).sorted() == Array(1...6))
        #expect(shots(bench).map(\.time).sorted() == Self.string.shots)
        #expect(actions(bench).contains { $0.source == .repaired })
        #expect(actions(bench).count { $0.action == .started } == 1)
        let stops = actions(bench).count { if case .stopped = $0.action { true } else { false } }
        #expect(stops == 1)
        #expect(commands(bench).contains("REQ STRING HEX"))
        bench.close()
    }

    @Test("a string whose pushes were partly lost is repaired after the stop, not before")
    func lostPushes() async throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            let peripheral = VirtualAMGCommander(
                RangeScript([Self.string]), seed: seed, traits: .init(lossProbability: 0.3))
            let bench = try SessionTestBed(AMGSession(), peripheral)
            await bench.run(until: .seconds(60))
            let numbers = shots(bench).map(\.number)
            #expect(Set(numbers).count == numbers.count, "seed \(seed)")
            let repairs = actions(bench).contains {
                if case .shot = $0.action { $0.source == .repaired } else { false }
            }
            if repairs { #expect(numbers.sorted() == Array(1...6), "seed \(seed)") }
            bench.close()
        }
    }

    @Test("a whole string that nobody saw is told as a list")
    func wholeStringMissed() async throws {
        let second = RangeString.even(
            beep: .seconds(25), shots: 3, first: .milliseconds(900), split: .milliseconds(700), hitting: 0, after: .zero
        )
        let bench = try bench([Self.string, second])
        await bench.run(until: .seconds(20))
        bench.device.disconnect()
        await bench.run(until: .seconds(35))
        try bench.reconnect()
        await bench.run(until: .seconds(40))
        #expect(actions(bench).last?.action == .listed(times: second.shots))
        bench.close()
    }

    @Test("a timer that was switched off and on has forgotten everything, and nothing is made up")
    func restart() async throws {
        let bench = try bench([Self.string], .init(resets: [.milliseconds(8_000)]))
        await bench.run(until: .seconds(10))
        #expect(bench.errors == [.peerDisconnected])
        try bench.reconnect()
        await bench.run(until: .seconds(30))
        #expect(shots(bench).count == 2)
        bench.close()
    }

    @Test("commands wait for each other, so that the timer hears them all")
    func pacing() async throws {
        let bench = try bench([])
        await bench.run(until: .seconds(1))
        for command in [AMGCommand.setSensitivity(3), .setBeepVolume(0), .setEchoDelay(20), .setPreset(4)] {
            try bench.link.withSession { try $0.command(command) }
        }
        #expect(bench.device.peripheral.settings.sensitivity == 5)
        await bench.run(for: .milliseconds(250))
        #expect(bench.device.peripheral.settings.preset == 1)
        await bench.run(for: .milliseconds(200))
        let settings = bench.device.peripheral.settings
        #expect(settings.sensitivity == 3 && settings.beepVolume == 0)
        #expect(settings.echoDelay == 20 && settings.preset == 4)
        bench.close()
    }

    @Test("start and stop work from here; settings are refused while the string runs, with words")
    func startAndStop() async throws {
        let bench = try bench([RangeString(shots: [.seconds(1)])])
        func start() throws { try bench.link.withSession { try $0.command(.start) } }
        #expect(throws: AMGCommandError.notConnected) { try start() }
        await bench.run(until: .seconds(1))
        try start()
        await bench.run(until: .seconds(4))
        #expect(shots(bench).count == 1)
        #expect(throws: AMGCommandError.stringIsRunning) {
            try bench.link.withSession { try $0.command(.setPreset(2)) }
        }
        try bench.link.withSession { try $0.command(.stop) }
        await bench.run(until: .seconds(5))
        guard case .stopped = actions(bench).last?.action else { return #expect(Bool(false)) }
        try bench.link.withSession { try $0.command(.setPreset(2)) }
        await bench.run(until: .seconds(6))
        #expect(bench.device.peripheral.settings.preset == 2)
        let refusal = DeviceCommandError("preset", 6, allowed: 1...5)
        #expect(throws: AMGCommandError.invalidValue(refusal)) {
            try bench.link.withSession { try $0.command(.setPreset(6)) }
        }
        bench.close()
    }

    @Test("so many commands wait and no more")
    func tooMany() async throws {
        let bench = try bench([])
        await bench.run(until: .seconds(1))
        var refused = 0
        for number in 0..<40 {
            do {
                let command = AMGCommand.setDelay(.instant, fixed: number, random: 0)
                try bench.link.withSession { try $0.command(command) }
            } catch {
                refused += 1
            }
        }
        #expect(refused >= 22 && refused <= 24)
        bench.close()
    }
}
