import Clocks
import Devices
import Events
import Testing

@testable import Signals

@Suite("Readings by two transports") struct HeartEchoFilterTests {
    private var echoes = HeartEchoFilter()

    @Test("the first arrival counts and the other one is its duplicate, in either order")
    mutating func bothOrders() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try isEcho(1, .udp, at: 5))
        #expect(try !isEcho(2, .udp, at: 1_000))
        #expect(try isEcho(2, .serial, at: 1_010))
    }

    @Test("if one is lost, the other one replaces it")
    mutating func lost() throws {
        for second in 0..<20 {
            let duplicates = [
                second % 3 == 0 ? nil : try isEcho(second, .udp, at: second * 1_000),
                second % 3 == 1 ? nil : try isEcho(second, .serial, at: second * 1_000 + 9),
            ].compactMap(\.self)
            #expect(duplicates.filter { !$0 }.count == 1 || second == 1 && duplicates == [false], "second \(second)")
        }
    }

    @Test("the same object twice by the same transport is two readings")
    mutating func repeated() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(1, .serial, at: 10))
        #expect(try isEcho(1, .udp, at: 20))
        #expect(try isEcho(1, .udp, at: 30))
        #expect(try !isEcho(1, .udp, at: 40))
    }

    @Test("two boards with the same user are distinguished by their content")
    mutating func twoBoards() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(2, .udp, at: 1))
    }

    @Test("readings beyond the maximum delay are not duplicates")
    mutating func late() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(1, .udp, at: 5_000))
    }

    @Test("the first serial reading of a user just seen by UDP is treated as a duplicate; later ones are not")
    mutating func firstOnCable() throws {
        #expect(try isEcho(1, .serial, at: 1_000, lastSeen: 990))
        #expect(try isEcho(1, .udp, at: 1_001), "its own echo, should the datagram be the later one")
        #expect(try !isEcho(2, .serial, at: 2_000, lastSeen: 990))
    }

    @Test("stores nothing without boards on cables, and no more than the limits with many")
    mutating func limits() throws {
        for user in 0..<1_000 { #expect(try !isEcho(1, .udp, at: 0, user: user)) }
        for user in 0..<3 * HeartEchoFilter.maximumUsers { #expect(try !isEcho(1, .serial, at: user, user: user)) }
        for time in 0..<10 * HeartEchoFilter.maximumReadings { #expect(try !isEcho(time, .serial, at: time, user: 1)) }
    }

    /// Whether the reading is a duplicate.
    private mutating func isEcho(
        _ content: Int, _ transport: HeartTransport, at milliseconds: Int, user: Int = 1, lastSeen: Int? = nil
    ) throws -> Bool {
        let text = "{\"user\":\(user),\"bpm\":72,\"timestamp\":\(content)}"
        let reading = try HeartReading(datagram: Array(text.utf8))
        let last = lastSeen.map(Self.time)
        return echoes.isEcho(reading, by: transport, at: Self.time(milliseconds), lastSeen: last)
    }

    private static func time(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
    }
}

@Suite("Heart contact debouncing")
struct HeartContactDebouncerTests {
    private var debouncer = HeartContactDebouncer()

    @Test("a state that holds is reported once, the first one as well as later ones")
    mutating func changes() {
        let changes = update([(.good, 300), (.weak, 300), (.none, 300), (.good, 300)])
        #expect(changes.map(\.contact) == [.good, .weak, .none, .good])
        #expect(debouncer.contact == .good)
    }

    @Test("a pulse that crosses the threshold and returns changes nothing")
    mutating func pulse() {
        #expect(update([(.good, 300)]).count == 1)
        let swinging = (0..<60).flatMap { _ in [(HeartContact.good, 40), (HeartContact.weak, 50)] }
        #expect(update(swinging).isEmpty)
        #expect(debouncer.contact == .good)
    }

    @Test("a missing finger is reported after half a second, a weak contact after two seconds")
    mutating func holdTimes() {
        let changes = update([(.good, 300), (.none, 100), (.weak, 300)])
        let spans = changes.map { $0.samples * 10 }
        #expect(spans == [2_000, 500, 2_000])
    }

    @Test("an interrupted state starts its hold time again")
    mutating func interrupted() {
        _ = update([(.good, 300)])
        #expect(update([(.weak, 199), (.none, 1), (.weak, 199), (.good, 1), (.weak, 200)]).isEmpty)
        #expect(update([(.weak, 1)]).map(\.contact) == [.weak])
    }

    /// Feeds runs of equal samples, one per 10 ms; returns the changes, with the number of samples each took.
    private mutating func update(_ states: [(HeartContact, Int)]) -> [(contact: HeartContact, samples: Int)] {
        var changes: [(HeartContact, Int)] = []
        for (state, count) in states {
            for sample in 0..<count {
                if debouncer.update(state, at: MonotonicTime(nanoseconds: clock)) { changes.append((state, sample)) }
                clock += 10_000_000
            }
        }
        return changes
    }

    private var clock: Int64 = 0
}
