import Clocks
import Devices
import Testing
import VirtualDevices

@Suite("Virtual phone") struct VirtualPhoneTests {
    private let start = WallTime(nanoseconds: 1_698_501_144_000_000_000)

    private func phone(
        swingTimes: [Nanoseconds] = [], faults: [Int: VirtualPhone.Fault] = [:], seed: UInt64 = 8
    ) -> VirtualPhone {
        VirtualPhone(seed: seed, start: start, swingTimes: swingTimes, faults: faults)
    }

    private func messages(_ phone: VirtualPhone, count: Int) throws -> [PhoneMessage] {
        var phone = phone
        return try (0..<count).map { _ in
            let emission = phone.next()
            let message = try PhoneMessage(parsing: emission.bytes[...])
            #expect(message.readings.count == emission.readingCount)
            return message
        }
    }

    @Test("the decoder reads every sample")
    func roundTrip() throws {
        let messages = try messages(phone(), count: 3)
        #expect(messages.map(\.messageID) == [0, 1, 2])
        #expect(Set(messages.map(\.sessionID)).count == 1)
        #expect(messages.allSatisfy { $0.readings.count == 400 && $0.rejectedReadings.isEmpty })
        let times = messages.flatMap(\.readings).filter { $0.sensor == .gyroscope }.map(\.time)
        #expect(times.first == start)
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier == .milliseconds(10)) }
    }

    @Test("the peaks of a swing have the given times")
    func swing() throws {
        let phone = phone(swingTimes: [.milliseconds(1_400)])
        let swing = try #require(phone.swings.first)
        let readings = try messages(phone, count: 3).flatMap(\.readings)
        func peak(_ sensor: PhoneSensor, _ measure: (PhoneReading) -> Double) -> Nanoseconds? {
            readings.filter { $0.sensor == sensor }.max { measure($0) < measure($1) }.map { $0.time - start }
        }
        func speed(_ reading: PhoneReading) -> Double {
            reading.values.prefix(3).reduce(0) { $0 + ($1?.number ?? 0) * ($1?.number ?? 0) }
        }
        for (found, truth) in [
            (peak(.accelerometerUncalibrated) { $0.axes?.x ?? 0 }, swing.footPlant),
            (peak(.accelerometerUncalibrated) { -($0.axes?.x ?? 0) }, swing.heelStrike),
            (peak(.gyroscope, speed), swing.hipPeak), (peak(.wristMotion, speed), swing.wristPeak),
        ] {
            let error = try #require(found) - truth
            #expect(abs(error.count) <= 12_000_000, "\(error)")
        }
    }

    @Test("each fault has its documented effect")
    func faults() throws {
        let missingAxis = try messages(phone(faults: [0: .missingAxis]), count: 1)[0]
        #expect(missingAxis.readings.filter { $0.axes?.z == nil }.count == 1)
        #expect(missingAxis.readings.count == 400)
        let missingTime = try messages(phone(faults: [0: .missingTime]), count: 1)[0]
        #expect(missingTime.rejectedReadings.map(\.reason) == [.missingTime])
        #expect(try messages(phone(faults: [1: .lost]), count: 3).map(\.messageID) == [0, 2, 3])
        #expect(try messages(phone(faults: [1: .twice]), count: 3).map(\.messageID) == [0, 1, 1])
        #expect(try messages(phone(faults: [1: .late]), count: 4).map(\.messageID) == [0, 2, 1, 3])
        #expect(try messages(phone(faults: [0: .nullSession]), count: 2).map { $0.sessionID == nil } == [true, false])
        for fault in [VirtualPhone.Fault.truncated, .test] {
            var phone = phone(faults: [0: fault])
            let emission = phone.next()
            #expect(throws: PhoneMessageError.self) { try PhoneMessage(parsing: emission.bytes[...]) }
            #expect(throws: Never.self) { try PhoneMessage(parsing: phone.next().bytes[...]) }
        }
    }

    @Test("messages arrive in order, and the same seed gives the same messages")
    func order() {
        func emissions(seed: UInt64) -> [VirtualPhone.Emission] {
            var phone = phone(faults: [2: .late, 4: .twice], seed: seed)
            return (0..<8).map { _ in phone.next() }
        }
        let first = emissions(seed: 1)
        #expect(first == emissions(seed: 1))
        #expect(first != emissions(seed: 2))
        for (earlier, later) in zip(first, first.dropFirst()) { #expect(earlier.time <= later.time) }
    }
}
