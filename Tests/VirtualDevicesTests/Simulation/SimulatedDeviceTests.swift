import Clocks
import Devices
import Events
import Testing
import VirtualDevices

/// Decoding the output of virtual devices gives the events of their scripts.
@Suite("Simulated devices") struct SimulatedDeviceTests {
    private static let script = """
        at 3 s: string of 6 shots, first after 1.2 s, every 350 ms, hits 480 ms later on sensor 2
        at 20 s: string of 10 shots, first after 903 ms, every 217 ms, hits 40 ms later on sensor 1
        at 30 s: hit on sensor 2 with 60 mm/s
        """

    private func script(_ text: String = script) throws -> SimulationScript {
        try SimulationScript(parsing: text)
    }

    /// All deliveries up to a time.
    private func deliveries(_ device: SimulatedDevice, until end: Nanoseconds) throws -> [VirtualDelivery] {
        var source = try device.makeSource()
        var deliveries: [VirtualDelivery] = []
        while let delivery = source.next(), delivery.time <= end { deliveries.append(delivery) }
        return deliveries
    }

    private func played(
        _ family: DeviceFamily, _ text: String = script, seed: UInt64 = 7,
        change: (inout SimulatedDevice) -> Void = { _ in }
    ) throws -> [(time: Nanoseconds, bytes: [UInt8])] {
        var device = SimulatedDevice(family, seed: seed)
        let script = try script(text)
        device.script = script
        change(&device)
        return try deliveries(device, until: script.end).compactMap { delivery in
            if case .bytes(let bytes) = delivery.content { (delivery.time, bytes) } else { nil }
        }
    }

    /// The times since the beep of all shots in the script.
    private func shots() throws -> [Nanoseconds] {
        try script().range.strings.flatMap(\.shots)
    }

    @Test("an AMG Commander pushes every shot and lists them on request")
    func timer() throws {
        var decoder = AMGDecoder()
        var (pushed, listed): ([Nanoseconds], [Nanoseconds]) = ([], [])
        for message in try played(.amgCommander) {
            decoder.feed(message.bytes[...]) { reading in
                if case .push(let push) = reading, push.status.state == .shot { pushed.append(push.status.time) }
                if case .list(let list) = reading { listed += list.times }
            }
        }
        let truth = try shots().map(\.inHundredths)
        #expect(pushed == truth)
        #expect(listed == truth)
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("an AMG Commander without pushes is polled for its screen")
    func silentTimer() throws {
        var decoder = AMGDecoder()
        var totals: [Int] = []
        for message in try played(.amgCommander, change: { $0.faults = [.pushOff] }) {
            decoder.feed(message.bytes[...]) { if case .screen(let screen) = $0 { totals.append(screen.total) } }
        }
        #expect(totals.contains(6) && totals.contains(10))
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("a BT50 measures only the hits on its target", arguments: [(0, 10), (1, 7)])
    func sensor(number: Int, hits: Int) throws {
        var decoder = BT50Decoder(sampleInterval: BT50Rate.hertz100.interval)
        var rises: [Nanoseconds] = []
        var previous = 0
        for message in try played(.bt50, change: { $0.sensor = number }) {
            decoder.feed(message.bytes[...]) { reading in
                guard case .vibration(let vibration) = reading else { return }
                // The motion of a target halves in 38 ms, so a rise is a hit.
                if Int(vibration.velocity.z) > previous + 20 { rises.append(message.time - vibration.age) }
                previous = Int(vibration.velocity.z)
            }
        }
        let script = try script()
        let truth =
            (script.range.strings.flatMap { string in
                string.hits.filter { $0.sensor == number }.map { (string.beep ?? .zero) + $0.time }
            } + script.hits.filter { $0.sensor == number }.map(\.time))
        #expect(rises.count == hits)
        for (rise, hit) in zip(rises, truth) { #expect((.zero)...(.milliseconds(30)) ~= rise - hit, "\(hit)") }
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("a BT50 has the type of its option, or else of the script")
    func sensorTypes() throws {
        let text = "at 0 s: sensor 1 of type single\nat 1 s: hit on sensor 1"
        func samples(_ text: String, _ type: BT50SensorType? = nil) throws -> [[BT50Vibration]] {
            var decoder = BT50Decoder(sampleInterval: .milliseconds(10))
            return try played(.bt50, text, change: { $0.sensorType = type }).map { message in
                var samples: [BT50Vibration] = []
                decoder.feed(message.bytes[...]) { if case .vibration(let sample) = $0 { samples.append(sample) } }
                return samples
            }.filter { !$0.isEmpty }
        }
        let single = try samples(text)
        #expect(single.allSatisfy { $0.count == 1 } && (85...100).contains(single.count))
        #expect(single.contains { $0[0].displacement.z > 500 })
        let repeated = try samples(text, .repeated)
        #expect(repeated.contains { $0.count == 4 && $0[0].velocity.z > 50 })
        var values: [Int16] = []
        for sample in repeated.joined() where values.last != sample.velocity.z { values.append(sample.velocity.z) }
        let changing = try samples(text, .standard).joined().filter { $0.velocity.z > 0 }
        #expect(values.count * 2 < changing.count)
        let silent = try samples(text, .displacement)
        #expect(silent.allSatisfy { $0[0].velocity.z == 0 } && silent.contains { $0[0].displacement.z > 500 })
        let late = try samples(text, .uneven)
        #expect(late.contains { $0[0].velocity.z == 0 && $0[0].displacement.z > 100 })
    }

    @Test("a BT50 changes its mode on a scheduled fault")
    func modes() throws {
        var decoder = BT50Decoder()
        var kinds: [String] = []
        for message in try played(.bt50, "at 2 s: fault mode-switch\nat 4 s: fault mode-switch") {
            decoder.feed(message.bytes[...]) { reading in
                let kind =
                    if case .vibration = reading { "vibration" } else if case .motion = reading { "motion" } else {
                        "?"
                    }
                if kinds.last != kind { kinds.append(kind) }
            }
        }
        #expect(kinds == ["vibration", "motion", "vibration"])
    }

    @Test("a BT50 with a small MTU sends truncated notifications")
    func smallMTU() throws {
        var decoder = BT50Decoder()
        var cutOffs = 0
        for message in try played(.bt50, "at 1 s: hit on sensor 1", change: { $0.faults = [.smallMTU] }) {
            decoder.feed(message.bytes[...]) { if case .cutOff = $0 { cutOffs += 1 } }
        }
        #expect(cutOffs > 20)
    }

    @Test("the other timers report every shot")
    func otherTimers() throws {
        var pie = SpecialPieDecoder()
        var (hundredths, milliseconds): ([Nanoseconds], [Nanoseconds]) = ([], [])
        for message in try played(.specialPie) {
            pie.feed(message.bytes[...]) { if case .shot(let shot) = $0 { hundredths.append(shot.time) } }
        }
        var timer = SGDecoder(.event)
        for message in try played(.sgTimer) {
            timer.feed(message.bytes[...]) { if case .shot(let shot) = $0 { milliseconds.append(shot.time) } }
        }
        let times = try shots()
        #expect(hundredths == times.map(\.inHundredths))
        #expect(milliseconds == times)
    }

    @Test("a strap loses contact on a scheduled fault")
    func strap() throws {
        var decoder = HeartStrapDecoder(.measurement)
        var lost: [Nanoseconds] = []
        for message in try played(.heartStrap, "at 10 s: fault no-contact for 4 s\nat 30 s: swing") {
            decoder.feed(message.bytes[...]) { reading in
                if case .measurement(let measurement) = reading, measurement.contact == .poor {
                    lost.append(message.time)
                }
            }
        }
        #expect(lost.count == 4)
        #expect(lost.allSatisfy { $0 >= .seconds(10) && $0 < .milliseconds(14_100) })
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("a mat writes frames, except those damaged by scheduled faults")
    func mat() throws {
        var decoder = MatDecoder(KnownMat.all[0])
        var frames: [Int] = []
        var rejects: [DecoderReject.Reason] = []
        for piece in try played(.pressureMat, "at 4 s: fault half-frame\nat 8 s: swing") {
            decoder.feed(piece.bytes[...]) { item in
                switch item {
                case .frame(let frame): frames.append(frame.frame ?? -1)
                case .rejected(let reject): rejects.append(reject.reason)
                }
            }
        }
        #expect(rejects == [.resynchronised, .truncated])
        #expect(Set(0..<200).subtracting(frames) == [79], "the greeting comes first")
    }

    @Test("a heart board prints beats, and restarts on a scheduled fault")
    func board() throws {
        var decoder = HeartSerialDecoder()
        var items: [HeartSerialItem] = []
        for piece in try played(.esp32Heart, "at 10 s: fault reboot\nat 20 s: swing", change: { $0.variant = "serial" })
        {
            decoder.feed(piece.bytes[...], into: &items)
        }
        let starts = items.filter { if case .status(.started) = $0 { true } else { false } }.count
        let beats = items.filter { if case .beat = $0 { true } else { false } }.count
        #expect(starts == 2)
        #expect(beats > 10)
    }

    @Test("a phone sends readings, and messages damaged by scheduled faults are rejected")
    func phone() throws {
        let messages = try played(.sensorLogger, "at 2 s: swing\nat 4 s: fault truncated\nat 6 s: swing")
        let parsed = messages.map { try? PhoneMessage(parsing: $0.bytes[...]) }
        #expect(parsed.map { $0 != nil } == [true, true, true, true, false, true, true, true])
        #expect(parsed.compactMap { $0?.readings.count }.allSatisfy { $0 == 400 })
    }

    @Test("the same seed gives the same deliveries, another seed different ones", arguments: DeviceDrivers.families)
    func seeds(family: DeviceFamily) throws {
        func run(_ seed: UInt64, _ faults: Set<SimulatedFault> = []) throws -> [VirtualDelivery] {
            var device = SimulatedDevice(family, seed: seed)
            device.faults = faults
            return try deliveries(device, until: .seconds(10))
        }
        #expect(try run(1) == run(1))
        #expect(try run(1) != run(2))
        for fault in DeviceDrivers.simulated(family)?.faults ?? [] {
            #expect(try run(1, [fault]) == run(1, [fault]), "\(fault)")
        }
        let times = try run(3).map(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "in order")
    }

    @Test("a timer and its sensors share a random range")
    func sharedRange() throws {
        let (timer, sensor) = (SimulatedDevice(.amgCommander, seed: 9), SimulatedDevice(.bt50, seed: 9))
        #expect(timer.range == sensor.range)
        #expect(!timer.range.strings.isEmpty)
    }

    @Test("a script cannot schedule a permanent fault, and faults of other devices are ignored")
    func schedules() throws {
        let script = try script("at 1 s: swing\nat 2 s: fault small-mtu\nat 3 s: fault finger")
        var device = SimulatedDevice(.bt50, seed: 1)
        device.script = script
        #expect {
            try device.makeSource()
        } throws: { error in
            (error as? SimulatedDevice.ScheduleError)?.line == 2
        }
        device = SimulatedDevice(.specialPie, seed: 1)
        device.script = script
        #expect(throws: Never.self) { try device.makeSource() }
    }
}
