import Clocks
import Devices
import Testing

@testable import VirtualDevices

@Suite("Faults of the virtual heart board") struct HeartBoardFaultTests {
    private func emissions(
        _ script: [ScheduledHeartBoardFault], until end: Nanoseconds
    ) -> [VirtualHeartBoard.Emission] {
        var board = VirtualHeartBoard(user: 1, seed: 6, script: script)
        var emissions: [VirtualHeartBoard.Emission] = []
        while true {
            let emission = board.nextDatagram()
            guard emission.time < end else { return emissions }
            emissions.append(emission)
        }
    }

    @Test("while the finger is lifted, the last rate is sent and the infrared level is low")
    func finger() throws {
        let script = [ScheduledHeartBoardFault(.fingerLifted, at: .seconds(20), for: .seconds(30))]
        let readings = try emissions(script, until: .seconds(80)).map {
            ($0.time, try HeartReading(datagram: $0.bytes[...]))
        }
        let lifted = readings.filter { $0.0 > .seconds(20) && $0.0 < .seconds(50) }.map { $0.1 }
        #expect(lifted.count >= 29)
        #expect(lifted.allSatisfy { $0.fingerDetected == false })
        #expect(Set(lifted.map(\.beatsPerMinute)).count == 1)
        #expect(lifted.allSatisfy { ($0.infrared?.doubleValue ?? 0) < 20_000 })
        let others = readings.filter { $0.0 < .seconds(20) || $0.0 > .seconds(50) }.map { $0.1 }
        #expect(others.allSatisfy { $0.fingerDetected == true })
        #expect(Set(others.map(\.beatsPerMinute)).count > 3)
    }

    @Test("a network drop-out is a gap, rounded up to half seconds, and the clock continues")
    func dropOut() throws {
        let script = [ScheduledHeartBoardFault(.dropOut, at: .seconds(20), for: .seconds(7))]
        let times = emissions(script, until: .seconds(60)).map(\.time)
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        let silence = try #require(gaps.max())
        #expect(silence > .seconds(7) && silence < .seconds(10))
        #expect(gaps.filter { $0 > .seconds(2) }.count == 1)
    }

    @Test("a reboot resets the clock and the beats")
    func reboot() throws {
        let script = [ScheduledHeartBoardFault(.reboot, at: .seconds(20), for: .milliseconds(1))]
        let readings = try emissions(script, until: .seconds(40)).map {
            ($0.time, try HeartReading(datagram: $0.bytes[...]))
        }
        let clocks = readings.map { $0.1.timestamp?.doubleValue ?? -1 }
        #expect(zip(clocks, clocks.dropFirst()).filter { $0 > $1 }.count == 1)
        let later = try #require(readings.first { $0.0 > .seconds(20) })
        #expect(later.1.timestamp.map { $0.doubleValue < 5_000 } == true)
    }

    @Test("impossible rates occur only during their fault")
    func range() throws {
        let script = [ScheduledHeartBoardFault(.outOfRange, at: .seconds(10), for: .seconds(20))]
        for emission in emissions(script, until: .seconds(40)) {
            let rate = try HeartReading(datagram: emission.bytes[...]).rate
            let isImpossible = emission.time >= .seconds(10) && emission.time < .seconds(30)
            if emission.time > .seconds(5) { #expect(!(40...200).contains(rate) == isImpossible) }
        }
    }

    @Test("each malformed datagram is rejected with its reason", arguments: HeartBoardFault.Malformation.allCases)
    func malformed(kind: HeartBoardFault.Malformation) throws {
        let script = [ScheduledHeartBoardFault(.malformed(kind), at: .zero, for: .seconds(5))]
        let emission = try #require(emissions(script, until: .seconds(5)).first)
        do throws(HeartReadingError) {
            let reading = try HeartReading(datagram: emission.bytes[...])
            Issue.record("accepted: \(reading)")
        } catch {
            #expect(error.reason == kind.expectedReason)
        }
    }

    @Test("random faults occur only of the requested kinds", arguments: HeartBoardFaultKind.allCases)
    func chance(kind: HeartBoardFaultKind) {
        var board = VirtualHeartBoard(user: 1, seed: 12, randomFaults: [kind])
        var seen: Set<HeartBoardFaultKind> = []
        var last: (time: Nanoseconds, clock: Double)?
        for _ in 0..<800 {
            let emission = board.nextDatagram()
            guard let reading = try? HeartReading(datagram: emission.bytes[...]),
                let clock = reading.timestamp?.doubleValue
            else {
                seen.insert(.malformed)
                continue
            }
            if reading.fingerDetected == false { seen.insert(.finger) }
            if reading.rate > 200 || (1..<40).contains(reading.rate) { seen.insert(.range) }
            if let last {
                if clock < last.clock {
                    seen.insert(.reboot)
                } else if emission.time - last.time > .seconds(2), kind != .malformed {
                    seen.insert(.dropout)
                }
            }
            last = (emission.time, clock)
        }
        #expect(seen == [kind])
    }
}

extension HeartBoardFault.Malformation {
    fileprivate var expectedReason: HeartReadingReject {
        switch self {
        case .truncated, .terminatedByNUL, .twoObjects, .commaSeparated: .notJSON
        case .userOfWrongType: .wrongTypeOfUser
        case .rateOfWrongType: .wrongTypeOfRate
        case .rateMissing: .missingRate
        case .rateNotANumber: .notFinite
        case .notUTF8: .badEncoding
        case .empty: .empty
        }
    }
}
