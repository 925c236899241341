import Clocks
import Devices
import Events
import Signals
import VirtualDevices

/// The same from raw bytes: a virtual timer and virtual sensors send, decoders read, detectors find impacts, and a run
/// tracker pairs them with shots.
package struct SampleTrial {
    package struct Result: Sendable {
        package var strings = 0
        package var samples: UInt64 = 0
        /// Impacts on the sensors, including cross-talk on racks.
        package var trueImpacts = 0
        package var detected = 0
        package var falsePositives = 0
        package var rejected: [ImpactReject: Int] = [:]
        /// Detected minus true onset in milliseconds, without the minimum latency; and the number within the error bar.
        package var onsetErrors: [Double] = []
        package var insideErrorBar = 0
        package var truePairs = 0
        package var pairs = 0
        package var correctPairs = 0

        package init() {}

        package static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.strings += right.strings
            sum.samples += right.samples
            sum.trueImpacts += right.trueImpacts
            sum.detected += right.detected
            sum.falsePositives += right.falsePositives
            sum.rejected.merge(right.rejected) { $0 + $1 }
            sum.onsetErrors += right.onsetErrors
            sum.insideErrorBar += right.insideErrorBar
            sum.truePairs += right.truePairs
            sum.pairs += right.pairs
            sum.correctPairs += right.correctPairs
            return sum
        }
    }

    /// The minimum latency of a link, which cannot be observed.
    private static let minimumLatency = 3.0
    private static let timer = DeviceID("timer")

    private let truth: [RangeGroundTruth.FiredString]
    private let rig: RangeGroundTruth.Rig
    private var range: VirtualRange
    private var timerDecoder = AMGDecoder()
    private var decoders: [BT50Decoder]
    private var detectors: [ImpactDetector]
    private var tracker = RunTracker(nextNumber: 1)
    private var nextImpact: UInt64 = 1
    /// The string and the index of its impact, by the tracker's impact id.
    private var identities: [UInt64: (string: Int, impact: Int)] = [:]
    private var matched: Set<[Int]> = []
    package private(set) var result = Result()

    package init(seed: UInt64, strings: Int, nowData: Bool = false) {
        var rig = RangeGroundTruth.randomRig(seed: seed)
        rig.lossProbability = 0
        self.rig = rig
        var source = RangeGroundTruth(rig, seed: seed &+ 77)
        truth = (0..<strings).map { _ in source.fireString() }
        let script = RangeScript(
            truth.map { fired in
                RangeString(
                    beep: fired.beep, shots: fired.shots.map(\.fired),
                    hits: fired.impacts.map {
                        RangeHit(sensor: $0.sensor, time: $0.onset - fired.beep, velocity: $0.velocity)
                    }, stop: fired.stop - fired.beep)
            })
        range = VirtualRange(
            timer: VirtualAMGCommander(script, seed: seed),
            sensors: rig.sensors.indices.map {
                VirtualBT50(seed: seed &* 31 &+ UInt64($0), traits: .init(nowData: nowData))
            })
        range.raiseMTU(to: 247)
        decoders = rig.sensors.map { _ in BT50Decoder(sampleInterval: .milliseconds(10)) }
        detectors = rig.sensors.map { _ in ImpactDetector() }
    }

    package static func session(seed: UInt64, strings: Int, nowData: Bool = false) -> Result {
        var trial = SampleTrial(seed: seed, strings: strings, nowData: nowData)
        return trial.play()
    }

    package mutating func play() -> Result {
        for (index, fired) in truth.enumerated() {
            for emission in range.tick(until: fired.stop + .seconds(6)) { handle(emission, string: index) }
            _ = tracker.advance(to: Self.moment(fired.stop + .seconds(6)))
            evaluate(fired, string: index)
        }
        result.samples = detectors.reduce(0) { $0 + $1.sampleCount }
        return result
    }

    private mutating func handle(_ emission: VirtualRange.Emission, string: Int) {
        guard let bytes = emission.emission.bytes else { return }
        let moment = Self.moment(emission.emission.time)
        switch emission.device {
        case .timer:
            var pushes: [AMGPush] = []
            timerDecoder.feed(bytes[...]) { if case .push(let push) = $0 { pushes.append(push) } }
            for push in pushes {
                guard let action = push.action else { continue }
                let event = TimerEvent(timer: Self.timer, action: action, string: push.string)
                _ = tracker.apply(.timer(event), at: moment)
            }
        case .sensor(let index):
            var readings: [BT50Reading] = []
            decoders[index].feed(bytes[...]) { readings.append($0) }
            var findings: [ImpactFinding] = []
            detectors[index].receive(readings, at: moment.monotonic) { findings.append($0) }
            for finding in findings { handle(finding, of: index, string, at: moment) }
        }
    }

    private mutating func handle(_ finding: ImpactFinding, of sensor: Int, _ string: Int, at moment: Moment) {
        guard finding.isImpact else {
            if let reason = finding.reject { result.rejected[reason, default: 0] += 1 }
            return
        }
        let motion = finding.motion
        match(motion, sensor, string)
        let impact = RunImpact(
            id: nextImpact, sensor: DeviceID("sensor-\(sensor)"), target: nil,
            rack: rig.sensors[sensor].rack.map { "rack \($0)" }, onset: motion.onset, onsetError: motion.onsetError,
            peakVelocity: motion.peakVelocity)
        _ = tracker.apply(.impact(impact), at: moment)
        nextImpact += 1
    }

    /// Finds the true impact closest to a detected motion.
    private mutating func match(_ motion: DetectedMotion, _ sensor: Int, _ string: Int) {
        let onset = Double(motion.onset.nanoseconds) / 1e6 - Self.minimumLatency
        let candidates = truth[string].impacts.enumerated().filter {
            $0.element.sensor == sensor && !matched.contains([string, $0.offset])
        }
        func distance(_ impact: RangeGroundTruth.Impact) -> Double { abs(onset - impact.onset.inSeconds * 1_000) }
        guard let nearest = candidates.min(by: { distance($0.element) < distance($1.element) }),
            distance(nearest.element) < 35
        else {
            result.falsePositives += 1
            return
        }
        result.detected += 1
        matched.insert([string, nearest.offset])
        identities[nextImpact] = (string, nearest.offset)
        result.onsetErrors.append(onset - nearest.element.onset.inSeconds * 1_000)
        if distance(nearest.element) <= motion.onsetError.inSeconds * 1_000 { result.insideErrorBar += 1 }
    }

    private mutating func evaluate(_ fired: RangeGroundTruth.FiredString, string: Int) {
        result.strings += 1
        result.trueImpacts += fired.impacts.count
        guard let run = tracker.runs.last else { return }
        result.pairs += run.pairing.pairs.count
        for impact in fired.impacts { if case .shot = impact.cause { result.truePairs += 1 } }
        for pair in run.pairing.pairs {
            guard let identity = identities[pair.impact], identity.string == string else { continue }
            if fired.impacts[identity.impact].cause == .shot(pair.shot - 1) { result.correctPairs += 1 }
        }
    }

    private static func moment(_ time: Nanoseconds) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: time.count),
            wall: WallTime(nanoseconds: 1_790_000_000_000_000_000 + time.count))
    }
}
