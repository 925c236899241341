import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("Shot pairing") struct ShotPairingTests {
    private static let a = DeviceID("A")
    private static let b = DeviceID("B")
    private static let learned = DelayModel(count: 30, mean: 0.05, meanVariance: 0.000_004, variance: 0.000_06)

    private static func shots(_ times: [Double]) -> [PairingShot] {
        times.enumerated().map { PairingShot(number: $0.offset + 1, time: $0.element) }
    }

    private static func impact(
        _ id: UInt64, _ sensor: DeviceID = a, at time: Double, rack: String? = nil, strength: Double = 110
    ) -> PairingImpact {
        PairingImpact(id: id, sensor: sensor, rack: rack, time: time, error: 0.006, strength: strength)
    }

    private func pairs(_ pairing: Pairing) -> [[Int]] { pairing.pairs.map { [$0.shot, Int($0.impact)] } }

    @Test("learned delays: each shot gets its hit, and the rest is reported as unpaired")
    func learned() throws {
        let pairing = ShotPairing(models: [Self.a: Self.learned], clockError: 0.008).pair(
            Self.shots([1, 1.5, 2, 3]),
            with: [
                Self.impact(1, at: 1.052), Self.impact(2, at: 1.55), Self.impact(3, at: 2.4), Self.impact(4, at: 3.046),
            ])
        #expect(pairs(pairing) == [[1, 1], [2, 2], [4, 4]])
        #expect(pairing.unpairedShots == [3])
        #expect(pairing.unpairedImpacts == [3])
        #expect(pairing.pairs.allSatisfy { $0.confidence > 0.99 })
        let first = try #require(pairing.pairs.first)
        #expect(abs(first.delay - 0.052) < 1e-9 && first.error > 0.008 && first.error < 0.02)
    }

    @Test("the whole string is matched at once where a greedy choice would be wrong")
    func global() {
        // The impact at 1.10 is closer to the expected hit of the second shot than to that of its own, which is late.
        let pairing = ShotPairing(models: [Self.a: Self.learned], clockError: 0.002).pair(
            Self.shots([1, 1.03]), with: [Self.impact(1, at: 1.068), Self.impact(2, at: 1.092)])
        #expect(pairs(pairing).count <= 2)
        #expect(!pairs(pairing).contains([2, 1]))
    }

    @Test("doubles 80 ms apart")
    func doubles() {
        let pairing = ShotPairing(models: [Self.a: Self.learned], clockError: 0.015).pair(
            Self.shots([1, 1.08, 2, 2.08]),
            with: [
                Self.impact(1, at: 1.06), Self.impact(2, at: 1.137), Self.impact(3, at: 2.058),
                Self.impact(4, at: 2.14),
            ])
        #expect(pairs(pairing) == [[1, 1], [2, 2], [3, 3], [4, 4]])
    }

    @Test("ambiguity is left open: one shot, two equally likely impacts")
    func ambiguous() {
        let pairing = ShotPairing(models: [Self.a: Self.learned, Self.b: Self.learned], clockError: 0.01).pair(
            Self.shots([1]), with: [Self.impact(1, at: 1.05), Self.impact(2, Self.b, at: 1.0505)])
        #expect(pairing.pairs == [])
        #expect(pairing.unpairedShots == [1])
        #expect(pairing.unpairedImpacts == [1, 2])
    }

    @Test("without learned delays, the common delay is found")
    func fromNothing() throws {
        var random = SeededRandom(seed: 1)
        let times = [1.1, 1.62, 2.43, 2.9, 4.05, 4.4]
        let impacts = times.enumerated().map {
            Self.impact(UInt64($0.offset + 1), at: $0.element + 0.483 + random.normal(mean: 0, deviation: 0.006))
        }
        let pairing = ShotPairing(models: [:], clockError: 0.012).pair(Self.shots(times), with: impacts)
        #expect(pairs(pairing) == (1...6).map { [$0, $0] })
        let guess = try #require(pairing.guesses[Self.a])
        #expect(abs(guess.delay - 0.483) < 0.008)
    }

    @Test("without learned delays, evenly spaced shots with a miss at either end stay ambiguous")
    func evenSplits() {
        let times = (1...4).map { Double($0) * 0.5 }
        let impacts = (1...3).map { Self.impact(UInt64($0), at: 1 + Double($0 - 1) * 0.5 + 0.25) }
        let pairing = ShotPairing(models: [:], clockError: 0.012).pair(Self.shots(times), with: impacts)
        #expect(pairing.pairs == [])
        #expect(pairing.unpairedImpacts == [1, 2, 3])
    }

    @Test("of two plates on one rack the one that was hit counts, in either order")
    func crossTalk() {
        let models = [
            Self.a: Self.learned,
            Self.b: DelayModel(count: 30, mean: 0.09, meanVariance: 0.000_004, variance: 0.000_06),
        ]
        let pairing = ShotPairing(models: models, clockError: 0.01).pair(
            Self.shots([1, 2]),
            with: [
                Self.impact(1, at: 1.055, rack: "r", strength: 50), Self.impact(2, Self.b, at: 1.088, rack: "r"),
                Self.impact(3, at: 2.05, rack: "r"), Self.impact(4, Self.b, at: 2.1, rack: "r", strength: 60),
            ])
        #expect(pairs(pairing) == [[1, 2], [2, 3]])
        #expect(pairing.crossTalk == [1: 2, 4: 3])
        #expect(pairing.unpairedImpacts == [])
    }

    @Test("sensors on different racks do not suppress each other")
    func twoRacks() {
        let pairing = ShotPairing(models: [Self.a: Self.learned, Self.b: Self.learned], clockError: 0.01).pair(
            Self.shots([1]), with: [Self.impact(1, at: 1.05, rack: "r"), Self.impact(2, Self.b, at: 1.05, rack: "s")])
        #expect(pairing.crossTalk.isEmpty)
    }

    @Test("the largest string is paired, and excess input is ignored")
    func largest() {
        let times = (0..<300).map { 1 + Double($0) * 0.31 }
        let impacts = (0..<600).map { Self.impact(UInt64($0), at: 1.05 + Double($0) * 0.155) }
        let pairing = ShotPairing(models: [Self.a: Self.learned], clockError: 0.01).pair(
            Self.shots(times), with: impacts)
        #expect(pairing.pairs.count == 255)
        #expect(pairing.pairs.allSatisfy { Int($0.impact) == ($0.shot - 1) * 2 })
        #expect(pairing.unpairedShots.count == 45)
    }

    @Test("an assignment has minimum cost", arguments: 1...60)
    func assignment(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let (rows, columns) = (Int.random(in: 1...4, using: &random), Int.random(in: 0...4, using: &random))
        let cost = (0..<rows).map { _ in
            (0..<columns).map { _ in
                random.chance(0.3) ? Double.infinity : Double.random(in: -5...5, using: &random)
            }
        }
        let alone = (0..<rows).map { _ in Double.random(in: -1...4, using: &random) }
        func best(_ row: Int, _ taken: Set<Int>) -> Double {
            guard row < rows else { return 0 }
            var least = alone[row] + best(row + 1, taken)
            for column in 0..<columns where !taken.contains(column) {
                least = min(least, cost[row][column] + best(row + 1, taken.union([column])))
            }
            return least
        }
        let solved = Assignment.solve(cost, alone: alone)
        #expect(abs(solved.cost - best(0, [])) < 1e-6)
        #expect(Set(solved.columns.compactMap(\.self)).count == solved.columns.compactMap(\.self).count)
    }
}
