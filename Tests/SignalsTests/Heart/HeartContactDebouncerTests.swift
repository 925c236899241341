import Clocks
import Events
import Testing

@testable import Signals

@Suite("How a finger lies, told when it changes")
struct HeartContactDebouncerTests {
    private var debouncer = HeartContactDebouncer()

    @Test("a word that holds is told once, the first as well as the next")
    mutating func changes() {
        let told = update([(.good, 300), (.weak, 300), (.none, 300), (.good, 300)])
        #expect(told.map(\.contact) == [.good, .weak, .none, .good])
        #expect(debouncer.contact == .good)
    }

    @Test("a pulse that carries the light across the border and back changes nothing")
    mutating func pulse() {
        #expect(update([(.good, 300)]).count == 1)
        let swinging = (0..<60).flatMap { _ in [(HeartContact.good, 40), (HeartContact.weak, 50)] }
        #expect(update(swinging).isEmpty)
        #expect(debouncer.contact == .good)
    }

    @Test("a finger that is gone is told after half a second, a weak one after two")
    mutating func patience() {
        let told = update([(.good, 300), (.none, 100), (.weak, 300)])
        let spans = told.map { $0.samples * 10 }
        #expect(spans == [2_000, 500, 2_000])
    }

    @Test("what was begun before another word came counts no more")
    mutating func interrupted() {
        _ = update([(.good, 300)])
        #expect(update([(.weak, 199), (.none, 1), (.weak, 199), (.good, 1), (.weak, 200)]).isEmpty)
        #expect(update([(.weak, 1)]).map(\.contact) == [.weak])
    }

    /// Says words so many times, one each 10 ms; gives what was told, and how long after its word began.
    private mutating func update(_ words: [(HeartContact, Int)]) -> [(contact: HeartContact, samples: Int)] {
        var told: [(HeartContact, Int)] = []
        for (word, count) in words {
            for sample in 0..<count {
                if debouncer.update(word, at: MonotonicTime(nanoseconds: clock)) { told.append((word, sample)) }
                clock += 10_000_000
            }
        }
        return told
    }

    private var clock: Int64 = 0
}
