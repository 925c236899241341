import Clocks
import Events
import RangeTrials
import Testing

@testable import Signals

/// A session with a hammer: the first blow arrives 150 ms later than the others, because the sensor's link was idle.
@Suite("A late first impact") struct LateFirstImpactTests {
    private static let timer = DeviceID("T")
    private static let sensor = DeviceID("S")
    private static let times = [1.9, 4.3, 6.1, 8.8, 10.2, 13.0]

    private static func moment(_ seconds: Double) -> Moment {
        let span = Nanoseconds(seconds: seconds)
        return Moment(
            monotonic: MonotonicTime(nanoseconds: 0) + span,
            wall: WallTime(nanoseconds: 1_790_000_000_000_000_000) + span)
    }

    /// Plays the session with a beep at `beep`, and returns its hits in order.
    private static func play(_ tracker: inout RunTracker, beep: Double, string: Int) -> [RunHit] {
        var inputs: [(at: Double, input: RunInput)] = [
            (beep + 0.03, .timer(TimerEvent(timer: timer, action: .started, string: string)))
        ]
        for (index, time) in times.enumerated() {
            let span = Nanoseconds(seconds: time)
            let shot = Shot(number: index + 1, time: span, split: span, first: nil)
            inputs.append(
                (beep + time + 0.025, .timer(TimerEvent(timer: timer, action: .shot(shot), string: string))))
            let onset = beep + time + HammerTrial.delays[index]
            let impact = RunImpact(
                id: UInt64(string * 100 + index), sensor: sensor, target: nil, onset: moment(onset).monotonic,
                onsetError: .milliseconds(21), peakVelocity: 20)
            inputs.append((onset + 0.3, .impact(impact)))
        }
        inputs.append((beep + 16, .timer(TimerEvent(timer: timer, action: .stopped(last: nil), string: string))))
        var events: [RunEvent] = []
        for (time, input) in inputs.sorted(by: { $0.at < $1.at }) { events += tracker.apply(input, at: moment(time)) }
        events += tracker.advance(to: moment(beep + 20))
        return events.compactMap { if case .hit(let hit) = $0.change { hit } else { nil } }
    }

    @Test("is paired, never withdrawn, and has less confidence than the others")
    func session() throws {
        var tracker = RunTracker(nextNumber: 1)
        for string in 1...4 {
            let hits = Self.play(&tracker, beep: 10 + 60 * Double(string), string: string)
            let first = hits.filter { $0.impact == UInt64(string * 100) }
            #expect(first.allSatisfy { $0.shot == 1 }, "\(first.map(\.match))")
            let confidences = first.compactMap(\.confidence)
            #expect(confidences.allSatisfy { $0 >= 0.8 && $0 < 0.999 }, "\(confidences)")
            let final = hits.filter(\.isFinal)
            #expect(final.map(\.shot) == [1, 2, 3, 4, 5, 6])
            let others = final.dropFirst().compactMap(\.confidence)
            let last = try #require(final.first?.confidence)
            #expect(others.allSatisfy { $0 > last }, "\(last), \(others)")
        }
        // The late delays are not learned.
        let delay = try #require(tracker.delays[Self.sensor])
        #expect(abs(delay.mean - 0.474) < 0.03, "\(delay.mean)")
        #expect(delay.lateFirstImpacts > 0)
    }
}

extension RunHit {
    fileprivate var confidence: Double? {
        if case .shot(_, _, _, let confidence) = match { confidence } else { nil }
    }
}
