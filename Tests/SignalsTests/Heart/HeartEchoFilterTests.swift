import Clocks
import Devices
import Events
import Testing

@testable import Signals

@Suite("The same reading by two ways") struct HeartEchoFilterTests {
    private var echoes = HeartEchoFilter()

    @Test("whichever comes first counts, the other is its echo, in whatever order")
    mutating func bothOrders() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try isEcho(1, .udp, at: 5))
        #expect(try !isEcho(2, .udp, at: 1_000))
        #expect(try isEcho(2, .serial, at: 1_010))
    }

    @Test("if one is lost the other takes its place")
    mutating func lost() throws {
        for second in 0..<20 {
            let heard = [
                second % 3 == 0 ? nil : try isEcho(second, .udp, at: second * 1_000),
                second % 3 == 1 ? nil : try isEcho(second, .serial, at: second * 1_000 + 9),
            ].compactMap(\.self)
            #expect(heard.filter { !$0 }.count == 1 || second == 1 && heard == [false], "second \(second)")
        }
    }

    @Test("a device that says the same twice by the same way means it")
    mutating func repeated() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(1, .serial, at: 10))
        #expect(try isEcho(1, .udp, at: 20))
        #expect(try isEcho(1, .udp, at: 30))
        #expect(try !isEcho(1, .udp, at: 40))
    }

    @Test("two boards with the same user are two, for they say different things")
    mutating func twoBoards() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(2, .udp, at: 1))
    }

    @Test("nobody is an echo of what is long past")
    mutating func late() throws {
        #expect(try !isEcho(1, .serial, at: 0))
        #expect(try !isEcho(1, .udp, at: 5_000))
    }

    @Test("the first words on a cable of a user who was just heard by UDP are probably an echo; later ones are not")
    mutating func firstOnCable() throws {
        #expect(try isEcho(1, .serial, at: 1_000, lastSeen: 990))
        #expect(try isEcho(1, .udp, at: 1_001), "its own echo, should the datagram be the later one")
        #expect(try !isEcho(2, .serial, at: 2_000, lastSeen: 990))
    }

    @Test("without boards on cables nothing is kept, and with many not more than the limits")
    mutating func limits() throws {
        for user in 0..<1_000 { #expect(try !isEcho(1, .udp, at: 0, user: user)) }
        for user in 0..<3 * HeartEchoFilter.maximumUsers { #expect(try !isEcho(1, .serial, at: user, user: user)) }
        for time in 0..<10 * HeartEchoFilter.maximumReadings { #expect(try !isEcho(time, .serial, at: time, user: 1)) }
    }

    /// Whether it is taken for an echo.
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
