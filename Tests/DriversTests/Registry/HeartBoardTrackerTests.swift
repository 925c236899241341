import Clocks
import Devices
import Events
import Hub
import Metrics
import Reactor
import Signals
import Testing

@testable import Drivers

@Suite("Heart boards that send datagrams") @ReactorActor
struct HeartBoardTrackerTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    private let hub = Hub()
    private let devices: DeviceRegistry
    private let heartService: HeartRateService

    init() {
        devices = DeviceRegistry(hub: hub, metrics: MetricsRegistry(), timers: timers)
        heartService = HeartRateService(
            hub: hub, smoothing: .standard,
            limits: HeartUsers.Limits(maximumUsers: 1_000, staleAfter: .seconds(10), forgetAfter: .seconds(60)),
            metrics: MetricsRegistry(), timers: timers,
            wall: { [timers] in WallTime(nanoseconds: timers.now.nanoseconds) })
        let boards = HeartBoardTracker(devices)
        heartService.onUserAppeared = { boards.userAppeared($0, by: $1, at: $2) }
        heartService.onUserSilent = { boards.userWentSilent($0, at: $1) }
    }

    @Test("a board is connected while its user sends readings, and disconnected when they stop")
    func life() {
        let board = DeviceID("heart-board-1")
        send("\"user\":1,\"signal_strength\":-45", at: 0)
        #expect(devices[board]?.link == .connected)
        #expect(devices[board]?.signal == -45)
        #expect(devices[board]?.transport == .network)
        timers.advance(to: MonotonicTime(nanoseconds: 10_000_000_000))
        #expect(devices[board]?.link == .absent)
        #expect(devices[board]?.lastDisconnectReason == .silent)
        send("\"user\":1", at: 11)
        #expect(devices[board]?.link == .connected)
        #expect(devices[board]?.counts.reconnects == 1)
        #expect(hub.publishedCount(.device) == 0)
    }

    @Test("forged users do not fill the table; a board on a serial port is not tracked")
    func limits() throws {
        for user in 0..<500 { send("\"user\":\(user)", at: 0) }
        #expect(devices.records.count == 128)
        let reading = try HeartReading(datagram: Array("{\"user\":9999,\"bpm\":72}".utf8))
        heartService.receive(reading, from: "/dev/ttyUSB0", by: .serial, at: .at(0))
        #expect(devices[DeviceID("heart-board-9999")] == nil)
    }

    @Test(
        "a board that is switched on after a flood of forged users gets a record; one that the operator named keeps its own"
    )
    func floodedTable() throws {
        send("\"user\":\"named\"", at: 0)
        _ = try devices.decide(DeviceID("heart-board-named"), DeviceDecision(name: "Bay 1"))
        for user in 0..<300 { send("\"user\":\(user)", at: 1) }
        send("\"user\":\"later\"", at: 2)
        #expect(devices[DeviceID("heart-board-later")]?.link == .connected)
        #expect(devices[DeviceID("heart-board-named")]?.link == .connected)
        #expect(devices.records.count == HeartBoardTracker.maximumBoards)
        // The forged boards that appeared first are gone.
        #expect(devices[DeviceID("heart-board-0")] == nil && devices[DeviceID("heart-board-299")] != nil)
    }

    @Test("a board with any id cannot impersonate another device")
    func names() {
        let timer = DeviceID("60:09:C3:1F:DC:1A")
        devices.recordSighting(
            timer, family: .amgCommander, name: nil, transport: .bluetooth, signal: nil, at: .at(0))
        for id in ["60:09:C3:1F:DC:1A", "", "../../etc", String(repeating: "x", count: 4_000)] {
            send("\"user\":\"\(id)\",\"device_id\":\"\(id)\",\"signal_strength\":1e300", at: 1)
        }
        #expect(devices[timer]?.family == .amgCommander)
        #expect(devices[timer]?.link == .seen)
        #expect(devices.records.allSatisfy { DeviceRecord.isID($0.id.text) && $0.signal == nil })
    }

    private func send(_ members: String, at second: Int64) {
        heartService.receive(Array("{\(members),\"bpm\":72}".utf8), from: "192.168.1.7", at: .at(second))
    }
}
