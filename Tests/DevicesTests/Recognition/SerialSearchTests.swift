import Clocks
import Events
import Testing

@testable import Devices

@Suite("Serial port identification") struct SerialSearchTests {
    private let start = MonotonicTime(nanoseconds: 0)

    @Test("recognises a board at the first baud rate")
    func board() throws {
        var search = SerialSearch(at: start)
        #expect(search.baudRate == 115_200)
        let text = String(repeating: "Good finger contact! IR Value: 95000\r\n", count: 10)
        guard case .recognised(let finding)? = search.feed(Array(text.utf8)[...], at: start) else {
            Issue.record("not recognised")
            return
        }
        #expect(finding.device == .esp32Heart && finding.baudRate == 115_200)
    }

    @Test("tries every baud rate on noise, then gives up with a reason")
    func noise() {
        var random = SystemRandomNumberGenerator()
        var search = SerialSearch(at: start)
        var rates = [search.baudRate]
        while rates.count < 20 {
            let bytes = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(search.feed(bytes[...], at: search.deadline) == nil)
            switch search.handleTimeout(at: search.deadline) {
            case .probe(let rate): rates.append(rate)
            case .recognised(let finding): Issue.record("identified noise as \(finding)")
            case .giveUp(let reason):
                #expect(!reason.isEmpty)
                #expect(rates == SerialSearch.allRates)
                return
            }
        }
        Issue.record("never gave up")
    }

    @Test("waits longer for a silent port, then gives up")
    func silence() {
        var search = SerialSearch(at: start)
        #expect(search.deadline == start + SerialSearch.firstTimeout)
        #expect(search.handleTimeout(at: search.deadline) == .probe(baudRate: 115_200))
        #expect(search.deadline == start + SerialSearch.firstTimeout + SerialSearch.silenceTimeout)
        #expect(search.handleTimeout(at: search.deadline) == .giveUp(because: "no data received"))
    }

    @Test("tries the remembered baud rate first, and each rate once")
    func remembered() {
        var search = SerialSearch(remembered: 1_000_000, at: start)
        var rates = [search.baudRate]
        _ = search.feed([1, 2, 3], at: start)
        while case .probe(let rate) = search.handleTimeout(at: start) { rates.append(rate) }
        #expect(rates[0] == 1_000_000 && rates.sorted() == SerialSearch.allRates.sorted())
    }

    @Test("tries a single baud rate on a port that ignores it")
    func anyRate() {
        var search = SerialSearch(anyRate: true, at: start)
        _ = search.feed([1, 2, 3], at: start)
        guard case .giveUp = search.handleTimeout(at: start) else {
            Issue.record("tried another baud rate")
            return
        }
    }

    @Test("moves on when enough unrecognised bytes were received")
    func flood() {
        var search = SerialSearch(at: start)
        let block = [UInt8](repeating: 0x55, count: SerialSniffer.maximumByteCount)
        #expect(search.feed(block[...], at: start) == .probe(baudRate: SerialSearch.allRates[1]))
    }
}
