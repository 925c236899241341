import Clocks
import Devices
import Events
import Signals
import VirtualDevices

/// The same from the devices' own bytes: a virtual timer and virtual sensors speak, decoders read, detectors find the
/// impacts, and a run tracker pairs them with the shots.
package struct SampleTrial {
    package struct Result: Sendable {
        package var strings = 0
        package var samples: UInt64 = 0
        /// Blows that sensors were dealt, echoes of the rack among them.
        package var blows = 0
        package var found = 0
        package var invented = 0
        package var refused: [ImpactRefusal: Int] = [:]
        /// When a blow began as it was found, less when it fell, in milliseconds; and how many were within the error bar,
        /// the least delay of the link left aside.
        package var onsetErrors: [Double] = []
        package var insideBar = 0
        package var truePairs = 0
        package var pairs = 0
        package var rightPairs = 0

        package init() {}

        package static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.strings += right.strings
            sum.samples += right.samples
            sum.blows += right.blows
            sum.found += right.found
            sum.invented += right.invented
            sum.refused.merge(right.refused) { $0 + $1 }
            sum.onsetErrors += right.onsetErrors
            sum.insideBar += right.insideBar
            sum.truePairs += right.truePairs
            sum.pairs += right.pairs
            sum.rightPairs += right.rightPairs
            return sum
        }
    }

    /// What a link takes at least; no clock can know it.
    private static let leastLatency = 3.0
    private static let timer = DeviceID("timer")

    private let truth: [RangeTruth.Fired]
    private let rig: RangeTruth.Rig
    private var range: VirtualRange
    private var timerDecoder = AMGDecoder()
    private var decoders: [BT50Decoder]
    private var detectors: [ImpactDetector]
    private var tracker = RunTracker(nextNumber: 1)
    private var nextImpact: UInt64 = 1
    /// By the id that the tracker knows: which blow of which string it was.
    private var identities: [UInt64: (string: Int, blow: Int)] = [:]
    private var taken: Set<[Int]> = []
    package private(set) var result = Result()

    package init(seed: UInt64, strings: Int, nowData: Bool = false) {
        var rig = RangeTruth.randomRig(seed: seed)
        rig.loss = 0
        self.rig = rig
        var source = RangeTruth(rig, seed: seed &+ 77)
        truth = (0..<strings).map { _ in source.fire() }
        let script = RangeScript(
            truth.map { fired in
                RangeString(
                    beep: fired.beep, shots: fired.shots.map(\.fired),
                    hits: fired.impacts.map {
                        RangeHit(sensor: $0.sensor, time: $0.felt - fired.beep, velocity: $0.velocity)
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
            for emission in range.tick(until: fired.stop + .seconds(6)) { take(emission, string: index) }
            _ = tracker.advance(to: Self.moment(fired.stop + .seconds(6)))
            judge(fired, string: index)
        }
        result.samples = detectors.reduce(0) { $0 + $1.sampleCount }
        return result
    }

    private mutating func take(_ emission: VirtualRange.Emission, string: Int) {
        guard let bytes = emission.emission.bytes else { return }
        let moment = Self.moment(emission.emission.time)
        switch emission.device {
        case .timer:
            var pushes: [AMGPush] = []
            timerDecoder.feed(bytes[...]) { if case .push(let push) = $0 { pushes.append(push) } }
            for push in pushes {
                guard let action = push.action else { continue }
                _ = tracker.timer(Self.timer, said: action, string: push.string, .pushed, at: moment)
            }
        case .sensor(let index):
            var readings: [BT50Reading] = []
            decoders[index].feed(bytes[...]) { readings.append($0) }
            var findings: [ImpactFinding] = []
            detectors[index].take(readings, at: moment.monotonic) { findings.append($0) }
            for finding in findings { take(finding, of: index, string, at: moment) }
        }
    }

    private mutating func take(_ finding: ImpactFinding, of sensor: Int, _ string: Int, at moment: Moment) {
        guard finding.isImpact else {
            if let reason = finding.refusal { result.refused[reason, default: 0] += 1 }
            return
        }
        let motion = finding.motion
        identify(motion, sensor, string)
        _ = tracker.felt(
            RunImpact(
                id: nextImpact, sensor: DeviceID("sensor-\(sensor)"), target: nil,
                rack: rig.sensors[sensor].rack.map { "rack \($0)" }, onset: motion.onset,
                onsetError: motion.onsetError, peakVelocity: motion.peakVelocity), at: moment)
        nextImpact += 1
    }

    /// Which blow that was: the one that fell at that time.
    private mutating func identify(_ motion: FoundMotion, _ sensor: Int, _ string: Int) {
        let onset = Double(motion.onset.nanoseconds) / 1e6 - Self.leastLatency
        let candidates = truth[string].impacts.enumerated().filter {
            $0.element.sensor == sensor && !taken.contains([string, $0.offset])
        }
        func distance(_ impact: RangeTruth.Impact) -> Double { abs(onset - impact.felt.inSeconds * 1_000) }
        guard let nearest = candidates.min(by: { distance($0.element) < distance($1.element) }),
            distance(nearest.element) < 35
        else {
            result.invented += 1
            return
        }
        result.found += 1
        taken.insert([string, nearest.offset])
        identities[nextImpact] = (string, nearest.offset)
        result.onsetErrors.append(onset - nearest.element.felt.inSeconds * 1_000)
        if distance(nearest.element) <= motion.onsetError.inSeconds * 1_000 { result.insideBar += 1 }
    }

    private mutating func judge(_ fired: RangeTruth.Fired, string: Int) {
        result.strings += 1
        result.blows += fired.impacts.count
        guard let run = tracker.runs.last else { return }
        result.pairs += run.pairing.pairs.count
        for impact in fired.impacts { if case .shot = impact.cause { result.truePairs += 1 } }
        for pair in run.pairing.pairs {
            guard let identity = identities[pair.impact], identity.string == string else { continue }
            if fired.impacts[identity.blow].cause == .shot(pair.shot - 1) { result.rightPairs += 1 }
        }
    }

    private static func moment(_ time: Nanoseconds) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: time.count),
            wall: WallTime(nanoseconds: 1_790_000_000_000_000_000 + time.count))
    }
}
