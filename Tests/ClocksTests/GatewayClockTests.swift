import Testing

@testable import Clocks

@Suite("Gateway clock") struct GatewayClockTests {
    private static let built = WallTime(nanoseconds: 1_795_000_000_000_000_000)

    /// A machine that was booted when its clock showed `boot`, relative to the build.
    private func reading(
        boot: Int64, after seconds: Int64, synchronised: Bool = false, battery: Bool = false
    ) -> GatewayClock.Reading {
        GatewayClock.Reading(
            machine: Self.built + .seconds(boot + seconds), sinceBoot: .seconds(seconds), isSynchronised: synchronised,
            hasBatteryClock: battery)
    }

    private func makeClock(_ reading: GatewayClock.Reading, lastStored: Int64? = nil) -> GatewayClock {
        GatewayClock(reading, built: Self.built, lastStored: lastStored.map { Self.built + .seconds($0) })
    }

    @Test("the first look decides what the time rests on")
    func sources() {
        #expect(makeClock(reading(boot: -1_000, after: 10)).source == .unset)
        #expect(makeClock(reading(boot: -1_000, after: 10, battery: true)).source == .unset)
        #expect(makeClock(reading(boot: -1_000, after: 10, synchronised: true)).source == .synchronised)
        #expect(makeClock(reading(boot: 1_000, after: 10)).source == .unconfirmed)
        #expect(makeClock(reading(boot: 1_000, after: 10, battery: true)).source == .machine)
        #expect(makeClock(reading(boot: 1_000, after: 10), lastStored: 1_009).source == .unconfirmed)
        #expect(makeClock(reading(boot: 1_000, after: 10), lastStored: 1_011).source == .unset)
    }

    @Test("a damaged record is of another boot", arguments: [Int64.min, .max])
    func damagedRecord(boot: Int64) {
        // The clock of a machine without a battery begins in 1970.
        let reading = GatewayClock.Reading(
            machine: WallTime(nanoseconds: 0), sinceBoot: .seconds(5), isSynchronised: false)
        let record = GatewayClock.Record(
            boot: WallTime(nanoseconds: boot), sinceBoot: .zero, offset: .zero, source: .phone)
        #expect(!record.isOfBoot(reading))
    }

    @Test("a person sets the time until it rests on something better")
    func person() throws {
        var clock = makeClock(reading(boot: -1_000, after: 10))
        let change = try clock.set(Self.built + .seconds(5_000), at: reading(boot: -1_000, after: 20))
        #expect(change == GatewayClock.Change(shift: .seconds(5_980), before: .unset, now: .phone))
        #expect(clock.offset == .seconds(5_980) && clock.estimatedBoot == Self.built + .seconds(4_980))
        // Another device corrects it.
        let second = try clock.set(Self.built + .seconds(5_007), at: reading(boot: -1_000, after: 30))
        #expect(second.shift == .seconds(-3) && second.before == .phone)
        let unchanged = clock.observe(reading(boot: -1_000, after: 40))
        #expect(unchanged == nil)
        for time in [Self.built - .seconds(1), Self.built + .seconds(51 * 365 * 86_400)] {
            #expect(throws: GatewayClock.Reject.implausible) {
                try clock.set(time, at: reading(boot: -1_000, after: 40))
            }
        }
        // Then a time server is reached: the boot was at 4,990 s.
        let third = clock.observe(reading(boot: 4_990, after: 50, synchronised: true))
        #expect(third == GatewayClock.Change(shift: .seconds(13), before: .phone, now: .synchronised))
        #expect(clock.offset == .zero && clock.source == .synchronised)
        #expect(throws: GatewayClock.Reject.isSet(.synchronised)) {
            try clock.set(Self.built + .seconds(9_000), at: reading(boot: 4_990, after: 60, synchronised: true))
        }
    }

    @Test("a step of an unconfirmed clock sets the time; drift, and a clock that is still wrong, do not")
    func steps() {
        var clock = makeClock(reading(boot: -100_000, after: 10))
        for (boot, after) in [(-100_001, 20), (-50_000, 30)] as [(Int64, Int64)] {
            let change = clock.observe(reading(boot: boot, after: after))
            #expect(change == nil)
        }
        #expect(clock.source == .unset)
        let change = clock.observe(reading(boot: 70, after: 40))
        #expect(change == GatewayClock.Change(shift: .seconds(50_070), before: .unset, now: .machine))
        // An unconfirmed clock may be set: no date is corrected.
        for (after, isSynchronised) in [(50, false), (60, true)] as [(Int64, Bool)] {
            let change = clock.observe(reading(boot: 9_999, after: after, synchronised: isSynchronised))
            #expect(change == nil)
        }
        #expect(clock.source == .synchronised)
    }

    @Test("what was dated by an earlier time is moved as a whole, in any order of changes")
    func boots() throws {
        var clock = makeClock(reading(boot: -1_000, after: 10))
        let first = clock.estimatedBoot
        let byPhone = try clock.set(Self.built + .seconds(700), at: reading(boot: -1_000, after: 20))
        let byServer = clock.observe(reading(boot: 800, after: 30, synchronised: true))
        #expect(first + byPhone.shift + (byServer?.shift ?? .zero) == clock.estimatedBoot)
        #expect(clock.estimatedBoot == Self.built + .seconds(800))
    }

    @Test("a later process of the same boot goes on; another boot does not")
    func records() throws {
        var clock = makeClock(reading(boot: -1_000, after: 10))
        _ = try clock.set(Self.built + .seconds(700), at: reading(boot: -1_000, after: 20))
        let record = clock.record(at: reading(boot: -1_000, after: 100))
        func later(_ reading: GatewayClock.Reading) -> GatewayClock {
            GatewayClock(reading, built: Self.built, lastStored: nil, record: record)
        }
        let same = later(reading(boot: -1_000, after: 120))
        #expect(same.source == .phone && same.estimatedBoot == clock.estimatedBoot)
        // The clock begins at the same time at each boot, and this one is younger.
        #expect(later(reading(boot: -1_000, after: 15)).source == .unset)
        #expect(later(reading(boot: -500, after: 120)).source == .unset)
        #expect(later(reading(boot: 690, after: 120, synchronised: true)).offset == .zero)
    }
}
