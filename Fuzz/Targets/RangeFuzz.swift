import Clocks
import Devices
import Events
import Signals

/// What is made of a range's devices, whatever they say.
enum RangeFuzz {
    /// A sensor's bytes through the decoder into a detector: every 255 a pause, else a notification of so many bytes.
    static func detector(_ input: ArraySlice<UInt8>) throws {
        var rest = input
        var decoder = BT50Decoder(sampleInterval: .milliseconds(10))
        var detector = ImpactDetector()
        var now = MonotonicTime(nanoseconds: 0)
        var previousSample: UInt64 = 0
        while let length = rest.popFirst() {
            now = now + .milliseconds(length == 255 ? 1_500 : 40)
            var findings: [ImpactFinding] = []
            detector.advance(to: now) { findings.append($0) }
            if length < 255 {
                let notification = rest.prefix(Int(length))
                rest = rest.dropFirst(notification.count)
                var readings: [BT50Reading] = []
                decoder.feed(notification) { readings.append($0) }
                detector.receive(readings, at: now) { findings.append($0) }
            }
            for finding in findings {
                let motion = finding.motion
                try require((0...1).contains(motion.confidence), "a confidence of \(motion.confidence)")
                try require(motion.peakVelocity.isFinite && motion.peakVelocity >= 0, "\(motion.peakVelocity) mm/s")
                try require(motion.samples.upperBound <= detector.sampleCount, "a sample that has not come yet")
                guard finding.isImpact else { continue }
                try require(motion.samples.lowerBound > previousSample, "two impacts share a sample")
                previousSample = motion.samples.lowerBound
            }
        }
        if let deadline = detector.deadline { try require(deadline > now, "what was due is still due") }
    }

    /// A timer and two sensors that say anything at any time; four bytes each.
    static func tracker(_ input: ArraySlice<UInt8>) throws {
        var rest = input
        var tracker = RunTracker(nextNumber: 1)
        var now = Moment(monotonic: MonotonicTime(nanoseconds: 0), wall: WallTime(nanoseconds: 0))
        var ends: [RunID: Int] = [:]
        var impact: UInt64 = 0
        while rest.count >= 4 {
            let bytes = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            let pause = Nanoseconds.milliseconds(Int64(bytes[1]) * Int64(bytes[1]) * 4)
            now = Moment(monotonic: now.monotonic + pause, wall: now.wall + pause)
            let time = Nanoseconds.milliseconds(Int64(bytes[2]) * 10 + Int64(bytes[3]) * 100)
            let source = TimerReportSource.allCases[Int(bytes[3]) % 3]
            let shot = Shot(number: Int(bytes[3]), time: time, split: time, first: nil)
            let timer = DeviceID(bytes[0] < 128 ? "A" : "B")
            var events: [RunEvent] = []
            switch bytes[0] % 8 {
            case 0: events = tracker.timer(timer, reported: .started, string: Int(bytes[2] % 4), source, at: now)
            case 1, 2: events = tracker.timer(timer, reported: .shot(shot), string: nil, source, at: now)
            case 3: events = tracker.timer(timer, reported: .stopped(last: shot), string: nil, source, at: now)
            case 4: events = tracker.timer(timer, reported: .listed(times: [time]), string: nil, source, at: now)
            case 5: events = tracker.timerDisconnected(timer, at: now)
            case 6: events = tracker.timerReady(timer, at: now)
            default:
                impact += 1
                events = tracker.addImpact(
                    RunImpact(
                        id: impact, sensor: DeviceID("S\(bytes[2] % 2)"), target: nil, rack: bytes[3] < 64 ? "r" : nil,
                        onset: now.monotonic - .milliseconds(Int64(bytes[2])), onsetError: .milliseconds(6),
                        peakVelocity: Double(bytes[3])), at: now)
            }
            for event in events {
                guard case .ended(let reason, _) = event.change, reason != .unknown else { continue }
                ends[event.run, default: 0] += 1
                try require(ends[event.run] == 1, "\(event.run) has ended twice")
            }
            try check(tracker, now)
        }
    }

    private static func check(_ tracker: RunTracker, _ now: Moment) throws {
        try require(tracker.runs.count <= RunTracker.maximumRuns, "\(tracker.runs.count) runs")
        if let deadline = tracker.deadline { try require(deadline > now.monotonic, "what was due is still due") }
        for run in tracker.runs {
            let pairs = run.pairing.pairs
            try require(Set(pairs.map(\.shot)).count == pairs.count, "a shot has hit two plates")
            try require(Set(pairs.map(\.impact)).count == pairs.count, "an impact has two shots")
            try require(pairs.allSatisfy { run.shots[$0.shot] != nil }, "a shot that was not fired has hit")
            try require(run.impacts.count <= Run.maximumImpacts, "\(run.impacts.count) impacts")
        }
        for model in tracker.delays.values { try require(model.isPlausible, "an impossible delay: \(model)") }
    }
}
