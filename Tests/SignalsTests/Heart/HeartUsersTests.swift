import Clocks
import Devices
import Events
import Testing

@testable import Signals

@Suite("Heart users and pipeline") struct HeartUsersTests {
    private let limits = HeartUsers.Limits(maximumUsers: 3, staleAfter: .seconds(10), forgetAfter: .seconds(60))

    private func second(_ second: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 5) + .seconds(second)
    }

    private func reading(_ user: HeartUser, _ rate: Double = 72, finger: Bool? = nil) -> HeartReading {
        HeartReading(user: user, beatsPerMinute: .number(rate), fingerDetected: finger)
    }

    @Test("a reading becomes an event")
    func event() throws {
        var pipeline = HeartPipeline()
        let datagram = Array(#"{"user":7,"bpm":71,"finger_detected":1,"extra":[1]}"#.utf8)
        let event = try pipeline.receive(HeartReading(datagram: datagram[...]), from: "192.168.1.101", at: second(0))
        #expect(event.user == .number(7))
        #expect(event.device == DeviceID("heart-board-7"))
        #expect(event.family == .esp32Heart)
        #expect(event.source == "192.168.1.101")
        #expect(event.measured == 71)
        #expect(event.rate == .rate(71, .measured))
        #expect(event.contact == true)
        #expect(
            event.statistics
                == HeartStatistics(mean: 71, standardDeviation: 0, minimum: 71, maximum: 71, last: 71))
        #expect(event.members.members.count == 4)
    }

    @Test("a device that sends its id is known by it")
    func deviceName() throws {
        var pipeline = HeartPipeline()
        let named = HeartReading(user: .number(1), beatsPerMinute: .integer(70), deviceID: "ESP32_SIM_01")
        #expect(try pipeline.receive(named, from: "", at: second(0)).device == DeviceID("ESP32_SIM_01"))
        #expect(try pipeline.receive(reading(.number(1)), from: "", at: second(1)).device == DeviceID("ESP32_SIM_01"))
        #expect(try pipeline.receive(reading(.null), from: "", at: second(1)).device == DeviceID("heart-board-null"))
    }

    @Test("a missing finger member counts as a finger, and the event's contact is nil")
    func unknownContact() throws {
        var pipeline = HeartPipeline()
        for number in 0..<5 {
            let event = try pipeline.receive(reading(.number(1)), from: "", at: second(Int64(number)))
            #expect(event.rate == .rate(72, .measured))
            #expect(event.contact == nil)
        }
    }

    @Test("each user has a separate signal")
    func separateSignals() throws {
        var pipeline = HeartPipeline()
        for number in 0..<30 {
            let time = second(Int64(number))
            let slow = try pipeline.receive(reading(.number(1), 60), from: "", at: time)
            let fast = try pipeline.receive(reading(.text("1"), 180), from: "", at: time)
            #expect(slow.rate.beatsPerMinute.map { abs($0 - 60) < 1e-9 } == true)
            #expect(fast.rate.beatsPerMinute.map { abs($0 - 180) < 1e-9 } == true)
        }
        #expect(pipeline.users.entries.map(\.user) == [.number(1), .text("1")])
    }

    @Test("1, 1.0 and true are one user; \"1\" and null are others; the order is that of first sight")
    func identity() throws {
        var pipeline = HeartPipeline()
        for user in ["null", "1", #""1""#, "1.0", "true", "1e0", "2.5", "false", "0", "-0.0", #""\u0031""#] {
            let datagram = Array(#"{"user":\#(user),"bpm":70}"#.utf8)
            _ = try pipeline.receive(HeartReading(datagram: datagram[...]), from: "", at: second(0))
        }
        #expect(pipeline.users.entries.map(\.user) == [.null, .number(1), .text("1"), .fraction(2.5), .number(0)])
        #expect(pipeline.users[.number(1)]?.signal.history.rates.count == 4)
    }

    @Test("a full table rejects new users while all are active, then evicts the one that has been silent longest")
    func fullTable() throws {
        var pipeline = HeartPipeline(limits: limits)
        for user in 1...3 {
            _ = try pipeline.receive(reading(.number(Int64(user))), from: "", at: second(Int64(user)))
        }
        #expect(throws: HeartPipelineError.tooManyUsers) {
            try pipeline.receive(reading(.number(4)), from: "", at: second(4))
        }
        _ = try pipeline.receive(reading(.number(1)), from: "", at: second(5))
        #expect(throws: HeartPipelineError.tooManyUsers) {
            try pipeline.receive(reading(.number(4)), from: "", at: second(11))
        }
        #expect(pipeline.users.rejectedReadings == 2)
        #expect(pipeline.users.evictedUsers == 0)
        _ = try pipeline.receive(reading(.number(4)), from: "", at: second(12))
        #expect(pipeline.users.entries.map(\.user) == [.number(1), .number(3), .number(4)])
        #expect(pipeline.users.evictedUsers == 1)
        #expect(pipeline.users[.number(4)]?.lastSeen == second(12))
        #expect(pipeline.users[.number(2)] == nil)
        _ = try pipeline.receive(reading(.number(3)), from: "", at: second(13))
        #expect(pipeline.users[.number(3)]?.lastSeen == second(13))
    }

    @Test("a flood of fake users does not disturb the real ones and does not stay")
    func flood() throws {
        var pipeline = HeartPipeline(
            limits: HeartUsers.Limits(maximumUsers: 100, staleAfter: .seconds(10), forgetAfter: .seconds(60)))
        var invented: Int64 = 1_000
        for number in 0..<60 as Range<Int64> {
            for user in 1...5 as ClosedRange<Int64> {
                let event = try pipeline.receive(reading(.number(user)), from: "", at: second(number))
                #expect(event.statistics?.last == 72)
            }
            for _ in 0..<200 {
                invented += 1
                _ = try? pipeline.receive(reading(.number(invented)), from: "", at: second(number))
            }
            #expect(pipeline.users.entries.count <= 100)
        }
        #expect(pipeline.users.entries.prefix(5).map(\.user) == (1...5).map { .number($0) })
        for user in 1...5 as ClosedRange<Int64> {
            #expect(pipeline.users[.number(user)]?.signal.history.rates.count == 60)
        }
        #expect(pipeline.users.evictedUsers > 300)
        #expect(pipeline.users.rejectedReadings > 10_000)
        _ = try pipeline.receive(reading(.number(6)), from: "", at: second(70))
        #expect(pipeline.users[.number(6)] != nil)
    }

    @Test("a lowered limit admits no new users until there is room")
    func loweredLimit() throws {
        var pipeline = HeartPipeline(limits: limits)
        for user in 1...3 { _ = try pipeline.receive(reading(.number(Int64(user))), from: "", at: second(0)) }
        var fewer = limits
        fewer.maximumUsers = 1
        pipeline.apply(smoothing: .standard, limits: fewer)
        _ = try pipeline.receive(reading(.number(3)), from: "", at: second(5))
        #expect(throws: HeartPipelineError.tooManyUsers) {
            try pipeline.receive(reading(.number(4)), from: "", at: second(10))
        }
        #expect(pipeline.users.entries.map(\.user) == [.number(3)])
        _ = try pipeline.receive(reading(.number(4)), from: "", at: second(15))
        #expect(pipeline.users.entries.map(\.user) == [.number(4)])
    }

    @Test("a silent user becomes stale and is removed at exactly the predicted times")
    func ageing() throws {
        var pipeline = HeartPipeline(limits: limits)
        #expect(pipeline.users.nextChange(after: second(0)) == nil)
        _ = try pipeline.receive(reading(.number(1)), from: "", at: second(0))
        _ = try pipeline.receive(reading(.number(2)), from: "", at: second(3))
        let first = try #require(pipeline.users[.number(1)])
        let justBefore = second(10) - Nanoseconds(1)
        #expect(!pipeline.users.isStale(first, at: justBefore))
        #expect(pipeline.users.isStale(first, at: second(10)))
        let expected: [Int64] = [10, 13, 60, 63]
        var time = second(3)
        for moment in expected {
            time = try #require(pipeline.users.nextChange(after: time))
            #expect(time == second(moment))
        }
        #expect(pipeline.forgetSilentUsers(at: second(60) - Nanoseconds(1)).isEmpty)
        #expect(pipeline.forgetSilentUsers(at: second(60)) == [.number(1)])
        #expect(pipeline.users.entries.map(\.user) == [.number(2)])
        #expect(pipeline.users[.number(2)]?.lastSeen == second(3))
        #expect(pipeline.users.forgottenUsers == 1)
        #expect(pipeline.forgetSilentUsers(at: second(63)) == [.number(2)])
        #expect(pipeline.users.nextChange(after: second(63)) == nil)
    }

    @Test("a removed user starts again")
    func returning() throws {
        var pipeline = HeartPipeline(limits: limits)
        for number: Int64 in 0..<20 { _ = try pipeline.receive(reading(.number(1)), from: "", at: second(number)) }
        #expect(pipeline.forgetSilentUsers(at: second(79)) == [.number(1)])
        #expect(try pipeline.receive(reading(.number(1), 150), from: "", at: second(80)).rate == .rate(150, .measured))
    }

    @Test("a rate that is not finite is rejected and adds no user", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(rate: Double) {
        var pipeline = HeartPipeline()
        #expect(throws: HeartPipelineError.notFinite) {
            try pipeline.receive(reading(.number(1), rate), from: "", at: second(0))
        }
        #expect(pipeline.users.entries.isEmpty)
    }

    @Test("new settings apply at run time, and the history is kept as far as it fits")
    func newSettings() throws {
        var pipeline = HeartPipeline()
        for number: Int64 in 0..<20 {
            _ = try pipeline.receive(reading(.number(1), 72 + Double(number)), from: "", at: second(number))
        }
        let before = try #require(pipeline.users[.number(1)]).signal.history.rates
        pipeline.apply(smoothing: try HeartSmoothing(alpha: 1, historyLength: 5), limits: limits)
        #expect(try #require(pipeline.users[.number(1)]).signal.history.rates.elementsEqual(before.suffix(5)))
        #expect(try pipeline.receive(reading(.number(1), 95), from: "", at: second(20)).rate == .rate(95, .smoothed))
        pipeline.apply(smoothing: try HeartSmoothing(maximum: 90), limits: limits)
        #expect(try pipeline.receive(reading(.number(1), 95), from: "", at: second(21)).rate == .none(.outOfRange))
        #expect(try pipeline.receive(reading(.number(2), 89), from: "", at: second(21)).rate == .rate(89, .measured))
    }
}
