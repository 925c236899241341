import Clocks
import Events
import Signals
import VirtualDevices

/// Feeds strings with known ground truth to a run tracker in order of arrival, including losses and their replacement from
/// the shot list, and evaluates the results.
package struct RangeTrial {
    package var result = TrialResult()
    package private(set) var tracker = RunTracker(nextNumber: 1)
    private var truth: RangeGroundTruth
    private var nextImpact: UInt64 = 1
    /// By sensor, the delays that the same pairs would give with an exact clock.
    private var observedDelays: [Int: [Double]] = [:]
    private var stringsLearned: [DeviceID: Int] = [:]
    private var reached: [Int: Set<DelayTrial.Point>] = [:]
    private let timer = DeviceID("60:09:C3:1F:DC:1A")

    package init(rig: RangeGroundTruth.Rig, seed: UInt64) {
        truth = RangeGroundTruth(rig, seed: seed)
    }

    /// Runs a number of strings on a random range.
    package static func session(seed: UInt64, strings: Int, change: (inout RangeGroundTruth.Rig) -> Void = { _ in })
        -> TrialResult
    {
        var rig = RangeGroundTruth.randomRig(seed: seed)
        change(&rig)
        var trial = RangeTrial(rig: rig, seed: seed &* 7_919 &+ 1)
        for _ in 0..<strings { trial.play() }
        return trial.result
    }

    package static func sensor(_ index: Int) -> DeviceID { DeviceID("sensor-\(index)") }

    private enum TimelineEvent {
        case beep(TimerReportSource)
        case shot(Int, TimerReportSource)
        case stop
        case lost
        case impact(Int)
    }

    package mutating func play() {
        let fired = truth.fireString()
        var events: [RunEvent] = []
        var ids: [UInt64: Int] = [:]
        let isFirst = result.strings == 0
        for (time, happening) in timeline(fired) {
            let moment = Self.moment(time)
            events += tracker.advance(to: moment)
            switch happening {
            case .beep(let source):
                events += report(.started, source, at: moment)
            case .shot(let index, let source):
                events += report(.shot(shot(index, fired)), source, at: moment)
            case .stop:
                let last = fired.shots.indices.last.map { shot($0, fired) }
                events += report(.stopped(last: last), .pushed, at: moment)
            case .lost: events += tracker.apply(.timerDisconnected(timer), at: moment)
            case .impact(let index):
                ids[nextImpact] = index
                events += tracker.apply(.impact(impact(fired.impacts[index], id: nextImpact)), at: moment)
                nextImpact += 1
            }
        }
        events += tracker.advance(to: Self.moment(fired.stop + .seconds(7)))
        if fired.powerCut != nil { events += tracker.advance(to: Self.moment(fired.stop + .seconds(700))) }
        result.strings += 1
        evaluate(fired, events, ids, isFirst: isFirst)
    }

    private mutating func report(
        _ action: TimerEvent.Action, _ source: TimerReportSource, at moment: Moment
    ) -> [RunEvent] {
        let event = TimerEvent(timer: timer, action: action, string: result.strings + 1, source: source)
        return tracker.apply(.timer(event), at: moment)
    }

    private func timeline(_ fired: RangeGroundTruth.FiredString) -> [(Nanoseconds, TimelineEvent)] {
        var timeline: [(Nanoseconds, TimelineEvent)] = []
        if let arrival = fired.beepArrival { timeline.append((arrival, .beep(.pushed))) }
        for (index, shot) in fired.shots.enumerated() {
            if let arrival = shot.arrival {
                timeline.append((arrival, .shot(index, .pushed)))
            } else if fired.powerCut == nil {
                timeline.append((fired.stop + .milliseconds(420), .shot(index, .repaired)))
            }
        }
        if let cut = fired.powerCut {
            timeline.append((cut + .seconds(4), .lost))
        } else {
            timeline.append((fired.stop + .milliseconds(30), .stop))
        }
        for (index, impact) in fired.impacts.enumerated() {
            // The detector waits until the target has come to rest, and the link has a latency.
            timeline.append((impact.observedOnset + .milliseconds(260), .impact(index)))
        }
        return timeline.sorted { $0.0 < $1.0 }
    }

    private func shot(_ index: Int, _ fired: RangeGroundTruth.FiredString) -> Shot {
        let shown = fired.shots[index].displayed
        return Shot(
            number: index + 1, time: shown, split: index > 0 ? shown - fired.shots[index - 1].displayed : shown,
            first: fired.shots[0].displayed)
    }

    private func impact(_ impact: RangeGroundTruth.Impact, id: UInt64) -> RunImpact {
        let sensor = truth.rig.sensors[impact.sensor]
        return RunImpact(
            id: id, sensor: Self.sensor(impact.sensor), target: "Plate \(impact.sensor + 1)",
            rack: sensor.rack.map { "rack \($0)" }, onset: Self.moment(impact.observedOnset).monotonic,
            onsetError: Nanoseconds(seconds: (sensor.interval / 2 + 1) / 1_000), peakVelocity: impact.velocity)
    }

    private static func moment(_ time: Nanoseconds) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: time.count),
            wall: WallTime(nanoseconds: 1_790_000_000_000_000_000 + time.count))
    }
}

/// Evaluation.
extension RangeTrial {
    private mutating func evaluate(
        _ fired: RangeGroundTruth.FiredString, _ events: [RunEvent], _ ids: [UInt64: Int], isFirst: Bool
    ) {
        // A string from which nothing arrived because of a power failure is not a run.
        guard let run = tracker.runs.last, !run.isOpen, run.began.monotonic.nanoseconds >= fired.beep.count else {
            return
        }
        let before = result
        result.shots += fired.shots.count
        result.impacts += fired.impacts.count
        var causes: [UInt64: RangeGroundTruth.Cause] = [:]
        for (id, index) in ids { causes[id] = fired.impacts[index].cause }
        for (id, cause) in causes {
            let shot = run.pairing.pairs.first { $0.impact == id }?.shot
            if shot != nil { result.pairs += 1 }
            switch cause {
            case .shot(let index):
                // A shot that was never reported cannot be paired.
                if run.shots[index + 1] != nil { result.truePairs += 1 }
                if shot == index + 1 { result.correctPairs += 1 }
            case .crossTalk:
                result.crossTalk += 1
                if shot != nil { result.crossTalkPaired += 1 }
            case .stray:
                result.strays += 1
                if shot != nil { result.straysPaired += 1 }
            }
        }
        if isFirst {
            result.firstPairs = result.pairs - before.pairs
            result.firstTruePairs = result.truePairs - before.truePairs
            result.firstCorrectPairs = result.correctPairs - before.correctPairs
        }
        evaluateRevisions(events)
        evaluateConfidence(run, events, causes, isFirst: isFirst)
        evaluateClock(run, fired)
        evaluateDelays(run, fired, ids)
    }

    private mutating func evaluateRevisions(_ events: [RunEvent]) {
        var reported: [UInt64: Int?] = [:]
        for event in events {
            guard case .hit(let hit) = event.change, hit.shot != nil || reported[hit.impact] != nil else { continue }
            if let before = reported[hit.impact] {
                if before != hit.shot { result.hitsRevised += 1 }
            } else if !hit.isFinal {
                result.hitsReported += 1
            }
            reported[hit.impact] = hit.shot
        }
    }

    private mutating func evaluateConfidence(
        _ run: Run, _ events: [RunEvent], _ causes: [UInt64: RangeGroundTruth.Cause],
        isFirst: Bool
    ) {
        var final: [UInt64: Int] = [:]
        for pair in run.pairing.pairs { final[pair.impact] = pair.shot }
        for event in events {
            guard case .hit(let hit) = event.change, case .shot(let shot, _, _, let confidence) = hit.match else {
                continue
            }
            result.toldPairs.append(
                ToldPair(
                    confidence: confidence, isFinal: hit.isFinal, isKept: final[hit.impact] == shot,
                    isTrue: causes[hit.impact] == .shot(shot - 1), isFirstString: isFirst))
        }
    }

    private mutating func evaluateClock(_ run: Run, _ fired: RangeGroundTruth.FiredString) {
        guard let zero = run.clock.zero else { return }
        result.clockErrors.append(Double(zero.zero.nanoseconds - fired.beep.count) / 1e6)
        result.clockErrorBars.append(zero.error.inSeconds * 1_000)
        for shot in fired.shots {
            guard let moment = run.clock.moment(of: shot.displayed) else { continue }
            // The displayed time is truncated to hundredths.
            let error = Double(moment.time.nanoseconds - (fired.beep + shot.fired).count) / 1e6
            result.shotClockErrors.append(error)
            if error <= moment.error.inSeconds * 1_000, error >= -moment.error.inSeconds * 1_000 - 10 {
                result.shotsInsideErrorBar += 1
            }
        }
    }

    private mutating func evaluateDelays(_ run: Run, _ fired: RangeGroundTruth.FiredString, _ ids: [UInt64: Int]) {
        let certain = run.pairing.pairs.filter { $0.confidence >= 0.9 && !$0.isLate }
        for pair in certain {
            guard let index = ids[pair.impact], fired.impacts[index].cause == .shot(pair.shot - 1) else { continue }
            let impact = fired.impacts[index]
            let shown = fired.shots[pair.shot - 1].displayed.inSeconds / (1 + truth.rig.drift / 1e6)
            observedDelays[impact.sensor, default: []].append(
                ((impact.observedOnset - fired.beep).inSeconds - shown) * 1_000)
        }
        for sensor in Set(certain.map(\.sensor)) { stringsLearned[sensor, default: 0] += 1 }
        for (index, sensor) in truth.rig.sensors.enumerated() {
            let id = Self.sensor(index)
            guard let model = tracker.delays[id], let seen = observedDelays[index] else { continue }
            // Delays count from the displayed time, which is 5 ms before the shot on average.
            let expected = sensor.delay + 5
            for point in DelayTrial.points where isReached(point, model) {
                guard reached[index, default: []].insert(point).inserted else { continue }
                result.delays.append(
                    DelayTrial(
                        point: point, pairs: model.count, strings: stringsLearned[id] ?? 0,
                        error: model.mean * 1_000 - expected, errorBar: model.meanError * 1_000,
                        idealError: seen.reduce(0, +) / Double(seen.count) - expected))
            }
        }
    }

    private func isReached(_ point: DelayTrial.Point, _ model: DelayModel) -> Bool {
        switch point {
        case .pairs(let pairs): model.count >= pairs
        case .declaredExact: model.isExact
        }
    }
}
