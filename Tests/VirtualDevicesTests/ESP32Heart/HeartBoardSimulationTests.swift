import Clocks
import Devices
import Events
import Network
import Reactor
import Testing

@testable import VirtualDevices

@Suite("Heart board simulation") @ReactorActor
struct HeartBoardSimulationTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 1_000))

    /// Advances the time in steps of a millisecond.
    private func advance(by span: Nanoseconds) {
        let end = timers.now + span
        while timers.now < end { timers.advance(to: timers.now + .milliseconds(1)) }
    }

    @Test("each board sends at its rate from the start until it is stopped")
    func rates() throws {
        var received: [HeartReading] = []
        let simulation = HeartBoardSimulation(users: 3, rate: 1.5, seed: 1, timers: timers) { datagram in
            guard let reading = try? HeartReading(datagram: datagram[...]) else { return false }
            received.append(reading)
            return true
        }
        advance(by: .seconds(10))
        #expect(received.isEmpty)
        simulation.start()
        advance(by: .seconds(60))
        for user in 1...3 {
            let rates = received.filter { $0.user == .number(Int64(user)) }.map(\.rate)
            #expect((89...91).contains(rates.count))
            #expect(rates.allSatisfy { $0 > 40 })
        }
        #expect(simulation.sent == received.count)
        #expect(simulation.unsent == 0)
        simulation.stop()
        advance(by: .seconds(10))
        #expect(simulation.sent == received.count)
        #expect(timers.count == 0)
    }

    @Test("counts datagrams that could not be sent")
    func unsent() {
        let simulation = HeartBoardSimulation(users: 1, rate: 10, seed: 1, timers: timers) { _ in false }
        simulation.start()
        advance(by: .seconds(2))
        simulation.stop()
        #expect((19...21).contains(simulation.unsent))
        #expect(simulation.sent == 0)
    }

    @Test("missed datagrams are skipped after a suspension")
    func halt() {
        let simulation = HeartBoardSimulation(users: 1, rate: 1, seed: 1, timers: timers) { _ in true }
        simulation.start()
        advance(by: .seconds(5))
        let before = simulation.sent
        timers.advance(to: timers.now + .seconds(3_600))
        advance(by: .seconds(5))
        simulation.stop()
        #expect((5...7).contains(simulation.sent - before))
    }

    @Test("sends real datagrams over the network")
    func network() async throws {
        let (readings, continuation) = AsyncStream.makeStream(of: HeartReading.self)
        let receiver = try DatagramReceiver(at: Endpoint(host: "127.0.0.1", port: 0), purpose: "test") { datagram in
            do {
                continuation.yield(try HeartReading(datagram: datagram.bytes))
            } catch {
                Issue.record(error)
            }
        }
        defer { receiver.close() }
        let simulation = try HeartBoardSimulation(
            users: 2, rate: 100, seed: 3, host: "127.0.0.1", port: receiver.localAddress.port)
        simulation.start()
        defer { simulation.stop() }
        var users: Set<HeartUser> = []
        for await reading in readings {
            users.insert(reading.user)
            if users.count == 2 { break }
        }
        #expect(simulation.sent >= 2)
    }

    @Test("an unknown host is reported")
    func noAddress() {
        #expect(throws: AddressError.self) { try HeartBoardSimulation(host: "no host", port: 1) }
    }
}
