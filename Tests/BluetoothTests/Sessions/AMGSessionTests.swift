import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@Suite("AMG Commander session") @ReactorActor
struct AMGSessionTests {
    private typealias Action = (action: TimerEvent.Action, string: Int?, source: TimerReportSource, frame: [UInt8])

    private static let string = RangeString.even(
        beep: .seconds(5), shots: 6, first: .milliseconds(1_500), split: .milliseconds(1_100), hitting: 0,
        after: .zero)

    private func testBed(
        _ strings: [RangeString], _ traits: VirtualAMGCommander.Traits = .init()
    ) throws -> SessionTestBed<AMGSession, VirtualAMGCommander> {
        try SessionTestBed(AMGSession(), VirtualAMGCommander(RangeScript(strings), seed: 2, traits: traits))
    }

    private func actions(_ testBed: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [Action] {
        testBed.outputs.compactMap {
            if case .action(let action, let string, let source, let frame) = $0.output {
                (action, string, source, frame)
            } else {
                nil
            }
        }
    }

    private func shots(_ testBed: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [Shot] {
        actions(testBed).compactMap { if case .shot(let shot) = $0.action { shot } else { nil } }
    }

    /// The commands that the timer received.
    private func commands(_ testBed: SessionTestBed<AMGSession, VirtualAMGCommander>) -> [String] {
        testBed.device.receivedPackets.filter { $0.first == 0x12 && $0.count > 5 }.map {
            String(decoding: $0.dropFirst(3), as: UTF8.self)
        }
    }

    @Test("reports pushed events once each")
    func pushes() async throws {
        let testBed = try testBed([Self.string])
        await testBed.run(until: .seconds(20))
        let actions = actions(testBed)
        #expect(actions.count == 8 && actions.allSatisfy { $0.source == .pushed && $0.string == 1 })
        #expect(actions.first?.action == .started)
        #expect(shots(testBed).map(\.time) == Self.string.shots && shots(testBed).map(\.number) == Array(1...6))
        guard case .stopped(last: .some(let last)) = actions.last?.action else { return #expect(Bool(false)) }
        #expect(last.number == 6)
        // With the bytes of each push and the timer's string number.
        #expect(actions.map { $0.frame.count } == Array(repeating: 14, count: 8))
        #expect(actions.map { $0.frame[1] } == [5, 3, 3, 3, 3, 3, 3, 8])
        #expect(actions[1...6].map { Int($0.frame[2]) } == Array(1...6))
        #expect(testBed.outputs.count { $0.output == .pushState(.on) } == 1)
        // No polling once the timer has pushed.
        let asked = commands(testBed).count
        await testBed.run(until: .seconds(60))
        #expect(commands(testBed).count == asked)
        testBed.close()
    }

    @Test("detects a timer that does not push, and reports the same string by polling")
    func polling() async throws {
        let testBed = try testBed([Self.string], .init(pushes: false))
        await testBed.run(until: .seconds(30))
        #expect(testBed.outputs.count { $0.output == .pushState(.off) } == 1 && testBed.link.session.pushState == .off)
        #expect(shots(testBed).map(\.time) == Self.string.shots && shots(testBed).map(\.number) == Array(1...6))
        #expect(actions(testBed).allSatisfy { $0.source == .polled })
        #expect(actions(testBed).first?.action == .started)
        guard case .stopped = actions(testBed).last?.action else { return #expect(Bool(false), "\(actions(testBed))") }
        testBed.close()
    }

    @Test("reports later strings by polling, short ones included")
    func pollingOn() async throws {
        let quick = RangeString(
            beep: .seconds(40), shots: [.milliseconds(200), .milliseconds(300)], stop: .milliseconds(500))
        let testBed = try testBed([Self.string, quick], .init(pushes: false))
        await testBed.run(until: .seconds(60))
        #expect(shots(testBed).map(\.time) == Self.string.shots + quick.shots)
        #expect(actions(testBed).count { $0.action == .started } == 2)
        testBed.close()
    }

    @Test(
        "recovers shots missed while the link was down, without duplicates",
        arguments: [
            // Disconnected after the second shot; reconnected between two shots, after the last one, after the stop.
            (8_000, 10_000), (8_000, 12_500), (8_000, 25_000),
        ])
    func repair(lost: Int64, found: Int64) async throws {
        let testBed = try testBed([Self.string])
        await testBed.run(until: .milliseconds(lost))
        testBed.device.disconnect()
        await testBed.run(until: .milliseconds(found))
        #expect(shots(testBed).count == 2 && testBed.errors == [.peerDisconnected])
        try testBed.reconnect()
        await testBed.run(until: .seconds(40))
        #expect(shots(testBed).map(\.number).sorted() == Array(1...6))
        #expect(shots(testBed).map(\.time).sorted() == Self.string.shots)
        #expect(actions(testBed).contains { $0.source == .repaired })
        #expect(actions(testBed).count { $0.action == .started } == 1)
        let stops = actions(testBed).count { if case .stopped = $0.action { true } else { false } }
        #expect(stops == 1)
        #expect(commands(testBed).contains("REQ STRING HEX"))
        testBed.close()
    }

    @Test("recovers lost pushes after the stop, not before")
    func lostPushes() async throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            let peripheral = VirtualAMGCommander(
                RangeScript([Self.string]), seed: seed, traits: .init(lossProbability: 0.3))
            let testBed = try SessionTestBed(AMGSession(), peripheral)
            await testBed.run(until: .seconds(60))
            let numbers = shots(testBed).map(\.number)
            #expect(Set(numbers).count == numbers.count, "seed \(seed)")
            let repairs = actions(testBed).contains {
                if case .shot = $0.action { $0.source == .repaired } else { false }
            }
            if repairs { #expect(numbers.sorted() == Array(1...6), "seed \(seed)") }
            testBed.close()
        }
    }

    @Test("reports a string that was missed completely as a list")
    func wholeStringMissed() async throws {
        let second = RangeString.even(
            beep: .seconds(25), shots: 3, first: .milliseconds(900), split: .milliseconds(700), hitting: 0, after: .zero
        )
        let testBed = try testBed([Self.string, second])
        await testBed.run(until: .seconds(20))
        testBed.device.disconnect()
        await testBed.run(until: .seconds(35))
        try testBed.reconnect()
        await testBed.run(until: .seconds(40))
        #expect(actions(testBed).last?.action == .listed(times: second.shots))
        testBed.close()
    }

    @Test("reports nothing after the timer was power-cycled")
    func restart() async throws {
        let testBed = try testBed([Self.string], .init(resets: [.milliseconds(8_000)]))
        await testBed.run(until: .seconds(10))
        #expect(testBed.errors == [.peerDisconnected])
        try testBed.reconnect()
        await testBed.run(until: .seconds(30))
        #expect(shots(testBed).count == 2)
        testBed.close()
    }

    @Test("paces commands")
    func pacing() async throws {
        let testBed = try testBed([])
        await testBed.run(until: .seconds(1))
        for command in [AMGCommand.setSensitivity(3), .setBeepVolume(0), .setEchoDelay(20), .setPreset(4)] {
            try testBed.link.perform(.timer(command))
        }
        #expect(testBed.device.peripheral.settings.sensitivity == 5)
        await testBed.run(for: .milliseconds(250))
        #expect(testBed.device.peripheral.settings.preset == 1)
        await testBed.run(for: .milliseconds(200))
        let settings = testBed.device.peripheral.settings
        #expect(settings.sensitivity == 3 && settings.beepVolume == 0)
        #expect(settings.echoDelay == 20 && settings.preset == 4)
        testBed.close()
    }

    @Test("starts and stops the timer, and rejects settings while a string is running")
    func startAndStop() async throws {
        let testBed = try testBed([RangeString(shots: [.seconds(1)])])
        func start() throws { try testBed.link.perform(.timer(.start)) }
        #expect(throws: SessionCommandError.notConnected) { try start() }
        await testBed.run(until: .seconds(1))
        try start()
        await testBed.run(until: .seconds(4))
        #expect(shots(testBed).count == 1)
        #expect(throws: SessionCommandError.stringIsRunning) {
            try testBed.link.perform(.timer(.setPreset(2)))
        }
        try testBed.link.perform(.timer(.stop))
        await testBed.run(until: .seconds(5))
        guard case .stopped = actions(testBed).last?.action else { return #expect(Bool(false)) }
        try testBed.link.perform(.timer(.setPreset(2)))
        await testBed.run(until: .seconds(6))
        #expect(testBed.device.peripheral.settings.preset == 2)
        let error = DeviceCommandError("preset", 6, allowed: 1...5)
        #expect(throws: SessionCommandError.invalidValue(error)) {
            try testBed.link.perform(.timer(.setPreset(6)))
        }
        testBed.close()
    }

    @Test("rejects a command when the queue is full")
    func tooMany() async throws {
        let testBed = try testBed([])
        await testBed.run(until: .seconds(1))
        var refused = 0
        for number in 0..<40 {
            do {
                let command = AMGCommand.setDelay(.instant, fixed: number, random: 0)
                try testBed.link.perform(.timer(command))
            } catch {
                refused += 1
            }
        }
        #expect(refused >= 22 && refused <= 24)
        testBed.close()
    }
}
