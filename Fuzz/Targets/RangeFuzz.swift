import Clocks
import Devices
import Events
import JSON
import ShootingRange
import Signals
import Surfaces

/// Impact detection and run tracking, with arbitrary device data.
enum RangeFuzz {
    /// Feeds sensor bytes through the decoder into a detector: 255 is a pause, other bytes are the length of a
    /// notification.
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
                try require(motion.samples.upperBound <= detector.sampleCount, "a sample that was not received")
                guard finding.isImpact else { continue }
                try require(motion.samples.lowerBound > previousSample, "two impacts share a sample")
                previousSample = motion.samples.lowerBound
            }
        }
        if let deadline = detector.deadline { try require(deadline > now, "deadline not after the current time") }
    }

    /// A timer and two sensors with arbitrary events at arbitrary times; four bytes per event.
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
            func report(_ action: TimerEvent.Action, string: Int? = nil) -> RunInput {
                .timer(TimerEvent(timer: timer, action: action, string: string, source: source))
            }
            let input: RunInput
            switch bytes[0] % 8 {
            case 0: input = report(.started, string: Int(bytes[2] % 4))
            case 1, 2: input = report(.shot(shot))
            case 3: input = report(.stopped(last: shot))
            case 4: input = report(.listed(times: [time]))
            case 5: input = .timerDisconnected(timer)
            case 6: input = .timerReady(timer)
            default:
                impact += 1
                input = .impact(
                    RunImpact(
                        id: impact, sensor: DeviceID("S\(bytes[2] % 2)"), target: nil, rack: bytes[3] < 64 ? "r" : nil,
                        onset: now.monotonic - .milliseconds(Int64(bytes[2])), onsetError: .milliseconds(6),
                        peakVelocity: Double(bytes[3])))
            }
            let events = tracker.apply(input, at: now)
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
        if let deadline = tracker.deadline {
            try require(deadline > now.monotonic, "deadline not after the current time")
        }
        for run in tracker.runs {
            let pairs = run.pairing.pairs
            // There are few: comparing them is faster than two sets.
            for (place, pair) in pairs.enumerated() {
                try require(run.shots[pair.shot] != nil, "a shot that was not fired has hit")
                for other in pairs[..<place] {
                    try require(other.shot != pair.shot, "a shot has hit two plates")
                    try require(other.impact != pair.impact, "an impact has two shots")
                }
            }
            try require(run.impacts.count <= Run.maximumImpacts, "\(run.impacts.count) impacts")
        }
        for model in tracker.delays.values { try require(model.isPlausible, "an impossible delay: \(model)") }
    }
}

/// Range data read back from a damaged file.
enum RangeStorageFuzz {
    private static let now = Moment(
        monotonic: MonotonicTime(nanoseconds: 50_000_000_000),
        wall: WallTime(nanoseconds: 1_790_000_000_000_000_000))

    /// The inputs of open runs, one per line, survive being written and restore a run.
    static func inputs(_ input: ArraySlice<UInt8>) throws {
        var inputs: [PersistedRunInput] = []
        for line in input.split(separator: UInt8(ascii: "\n")).prefix(200) {
            guard let read = PersistedRunInput(Array(line)) else { continue }
            try require(PersistedRunInput(read.json) == read, "\(read) changes when written")
            inputs.append(read)
        }
        var runs = ActiveRuns.restored(from: inputs, lastInput: 1, nextNumber: 1, delays: [:], at: now)
        try check(runs)
        // All deadlines pass.
        for _ in 0..<100 {
            guard let due = runs.tracker.deadline else { break }
            let later = max(due, now.monotonic)
            _ = runs.advance(to: Moment(monotonic: later, wall: now.wall + (later - now.monotonic)))
            try check(runs)
            if let next = runs.tracker.deadline { try require(next > later, "deadline not after the current time") }
        }
        try require(!runs.tracker.runs.contains(where: \.isOpen), "a run stays open")
    }

    private static func check(_ runs: ActiveRuns) throws {
        try require(runs.tracker.runs.count <= RunTracker.maximumRuns, "\(runs.tracker.runs.count) runs")
        try require(runs.records.count <= ActiveRuns.maximumRecords, "\(runs.records.count) records")
        for record in runs.records.values {
            try require(RunCodec.decode(RunCodec.encode(record)) == record, "\(record.id) changes when stored")
        }
    }

    /// Persisted sensors, targets and runs.
    static func documents(_ input: ArraySlice<UInt8>) throws {
        let json = Array(input)
        let memory = PersistedSensorState(json)
        try require(PersistedSensorState(memory.json) == memory, "\(memory) changes when written")
        if memory.rest != nil { try checkRest(memory) }

        if let object = try? JSONValue(parsing: json).objectValue, let target = try? TargetJSON.read(object, id: nil) {
            var writer = JSONWriter()
            TargetJSON.write(target.target, sensors: target.sensors, to: &writer)
            let again = try TargetJSON.read(JSONValue(parsing: writer.finish()).objectValue ?? JSONObject(), id: nil)
            try require(again == target, "\(target) changes when written")
        }

        guard let run = RunCodec.decode(json) else { return }
        try require(RunCodec.decode(RunCodec.encode(run)) == run, "a run changes when written")
        var writer = JSONWriter()
        RunJSON.write(run, to: &writer)
        let response = try JSONValue(parsing: writer.finish(), limits: .stored)
        try require(response["number"]?.integerValue == run.number, "the API shows another run")
        try require(RunCSV.table([run]).count > RunCSV.table([]).count, "a table without the run")
    }

    /// Persisted rest levels must not make the detector report impacts.
    private static func checkRest(_ memory: PersistedSensorState) throws {
        var detector = ImpactDetector(calibration: memory.rest)
        let still = ImpactSample(
            .momentary(acceleration: Vector3(x: 0, y: 0, z: 1), velocity: Vector3(x: 0, y: 0, z: 0)))
        var impacts = 0
        for number in 0..<60 {
            detector.receive([still], at: MonotonicTime(nanoseconds: Int64(number) * 10_000_000)) {
                if $0.isImpact { impacts += 1 }
            }
        }
        try require(impacts == 0, "an impact at rest, with \(memory)")
    }
}
