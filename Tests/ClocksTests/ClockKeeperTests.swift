import Testing

@testable import Clocks

@Suite("The clock that the gateway believes") struct ClockKeeperTests {
    private static let built = WallTime(nanoseconds: 1_795_000_000_000_000_000)

    /// A machine that was booted when its clock showed `boot`, relative to the build.
    private func reading(
        boot: Int64, after seconds: Int64, synchronised: Bool = false, battery: Bool = false
    ) -> ClockKeeper.Reading {
        ClockKeeper.Reading(
            machine: Self.built + .seconds(boot + seconds), sinceBoot: .seconds(seconds), isSynchronised: synchronised,
            hasBatteryClock: battery)
    }

    private func keeper(_ reading: ClockKeeper.Reading, lastStored: Int64? = nil) -> ClockKeeper {
        ClockKeeper(reading, built: Self.built, lastStored: lastStored.map { Self.built + .seconds($0) })
    }

    @Test("the first look decides what the time rests on")
    func sources() {
        #expect(keeper(reading(boot: -1_000, after: 10)).source == .unset)
        #expect(keeper(reading(boot: -1_000, after: 10, battery: true)).source == .unset)
        #expect(keeper(reading(boot: -1_000, after: 10, synchronised: true)).source == .synchronised)
        #expect(keeper(reading(boot: 1_000, after: 10)).source == .unconfirmed)
        #expect(keeper(reading(boot: 1_000, after: 10, battery: true)).source == .machine)
        #expect(keeper(reading(boot: 1_000, after: 10), lastStored: 1_009).source == .unconfirmed)
        #expect(keeper(reading(boot: 1_000, after: 10), lastStored: 1_011).source == .unset)
    }

    @Test("a person sets the time until it rests on something better")
    func person() throws {
        var keeper = keeper(reading(boot: -1_000, after: 10))
        let change = try keeper.set(Self.built + .seconds(5_000), at: reading(boot: -1_000, after: 20))
        #expect(change == ClockKeeper.Change(shift: .seconds(5_980), before: .unset, now: .phone))
        #expect(keeper.offset == .seconds(5_980) && keeper.believedBoot == Self.built + .seconds(4_980))
        // Another device corrects it.
        let second = try keeper.set(Self.built + .seconds(5_007), at: reading(boot: -1_000, after: 30))
        #expect(second.shift == .seconds(-3) && second.before == .phone)
        let unchanged = keeper.observe(reading(boot: -1_000, after: 40))
        #expect(unchanged == nil)
        for time in [Self.built - .seconds(1), Self.built + .seconds(51 * 365 * 86_400)] {
            #expect(throws: ClockKeeper.Reject.implausible) {
                try keeper.set(time, at: reading(boot: -1_000, after: 40))
            }
        }
        // Then a time server is reached: the boot was at 4,990 s.
        let third = keeper.observe(reading(boot: 4_990, after: 50, synchronised: true))
        #expect(third == ClockKeeper.Change(shift: .seconds(13), before: .phone, now: .synchronised))
        #expect(keeper.offset == .zero && keeper.source == .synchronised)
        #expect(throws: ClockKeeper.Reject.isSet(.synchronised)) {
            try keeper.set(Self.built + .seconds(9_000), at: reading(boot: 4_990, after: 60, synchronised: true))
        }
    }

    @Test("a step of an unconfirmed clock sets the time; drift, and a clock that is still wrong, do not")
    func steps() {
        var keeper = keeper(reading(boot: -100_000, after: 10))
        for (boot, after) in [(-100_001, 20), (-50_000, 30)] as [(Int64, Int64)] {
            let change = keeper.observe(reading(boot: boot, after: after))
            #expect(change == nil)
        }
        #expect(keeper.source == .unset)
        let change = keeper.observe(reading(boot: 70, after: 40))
        #expect(change == ClockKeeper.Change(shift: .seconds(50_070), before: .unset, now: .machine))
        // A clock that was believed may jump: nothing is dated anew.
        for (after, isSynchronised) in [(50, false), (60, true)] as [(Int64, Bool)] {
            let change = keeper.observe(reading(boot: 9_999, after: after, synchronised: isSynchronised))
            #expect(change == nil)
        }
        #expect(keeper.source == .synchronised)
    }

    @Test("what was dated by an earlier time is moved as a whole, in any order of changes")
    func boots() throws {
        var keeper = keeper(reading(boot: -1_000, after: 10))
        let first = keeper.believedBoot
        let byPhone = try keeper.set(Self.built + .seconds(700), at: reading(boot: -1_000, after: 20))
        let byServer = keeper.observe(reading(boot: 800, after: 30, synchronised: true))
        #expect(first + byPhone.shift + (byServer?.shift ?? .zero) == keeper.believedBoot)
        #expect(keeper.believedBoot == Self.built + .seconds(800))
    }

    @Test("a later process of the same boot goes on; another boot does not")
    func records() throws {
        var keeper = keeper(reading(boot: -1_000, after: 10))
        _ = try keeper.set(Self.built + .seconds(700), at: reading(boot: -1_000, after: 20))
        let record = keeper.record(at: reading(boot: -1_000, after: 100))
        func later(_ reading: ClockKeeper.Reading) -> ClockKeeper {
            ClockKeeper(reading, built: Self.built, lastStored: nil, record: record)
        }
        let same = later(reading(boot: -1_000, after: 120))
        #expect(same.source == .phone && same.believedBoot == keeper.believedBoot)
        // The clock begins at the same time at each boot, and this one is younger.
        #expect(later(reading(boot: -1_000, after: 15)).source == .unset)
        #expect(later(reading(boot: -500, after: 120)).source == .unset)
        #expect(later(reading(boot: 690, after: 120, synchronised: true)).offset == .zero)
    }
}
