import Clocks
import Devices
import Events
import Hub
import Metrics
import Reactor
import Signals
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Serial output of heart boards") @ReactorActor
struct HeartBoardReaderTests {
    private let hub = Hub()
    private let heartService: HeartRateService
    private let reader: HeartBoardReader
    private let recorder = HeartBoardEventRecorder()

    init() {
        let metrics = MetricsRegistry()
        heartService = HeartRateService(
            hub: hub, smoothing: .standard, limits: HeartUsers.Limits(), metrics: metrics,
            timers: TimerQueue(now: MonotonicTime(nanoseconds: 0)))
        reader = HeartBoardReader(
            heartService: heartService, id: DeviceID("usb-A"), source: "/dev/ttyUSB0", hub: hub, metrics: metrics,
            counters: DeviceCounters())
        let recorder = recorder
        _ = hub.subscribe { event in
            switch event.body {
            case .heartBeat(let beat): recorder.beats.append(beat)
            case .heartContact(let contact): recorder.contacts.append(contact)
            default: break
            }
        }
    }

    @Test("publishes each beat with its rate; marks those that the board does not count as implausible")
    func beats() {
        feed("Heartbeat detected! BPM: 2\r\nSent: {\"user\":7,\"bpm\":0}\r\n", at: 0)
        feed("Heartbeat detected! BPM: 75\r\nHeartbeat detected! BPM: 250\r\n", at: 1)
        #expect(recorder.beats.map(\.beatsPerMinute) == [2, 75, 250])
        #expect(recorder.beats.map(\.isPlausible) == [false, true, false])
        #expect(recorder.beats.map(\.interval) == [nil, .milliseconds(800), nil])
        #expect(recorder.beats.map(\.user) == [nil, .number(7), .number(7)])
        #expect(recorder.beats.map(\.device.text) == ["usb-A", "heart-board-7", "heart-board-7"])
    }

    @Test("publishes one event per beat of a virtual board")
    func virtualBoard() {
        var board = VirtualHeartBoard(user: 1, seed: 11)
        let text = board.serialText(until: .seconds(60))
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\r\n")
        for (number, line) in lines.enumerated() { feed(line + "\r\n", at: 60 * Double(number) / Double(lines.count)) }
        let expected = lines.compactMap { line in
            line.hasPrefix("Heartbeat detected! BPM: ") ? Double(line.dropFirst(25)) : nil
        }
        #expect(expected.count > 30)
        #expect(recorder.beats.map(\.beatsPerMinute) == expected)
    }

    @Test("limits a flood of beats to a burst of 16 and then five per second")
    func flood() {
        for tick in 0..<1_000 { feed("Heartbeat detected! BPM: 75\r\n", at: Double(tick) / 100) }
        #expect(recorder.beats.count == 16 + 49)
        feed("Heartbeat detected! BPM: 75\r\n", at: 1_000)
        for _ in 0..<100 { feed("Heartbeat detected! BPM: 75\r\n", at: 1_000) }
        #expect(recorder.beats.count == 16 + 49 + 16)
    }

    @Test("publishes one event per change of finger contact")
    func contact() {
        for tick in 0..<300 { feed("Good finger contact! IR Value: 95000\r\n", at: Double(tick) / 100) }
        for tick in 300..<600 {
            feed("Weak finger contact - press firmer\r\nIR Value: 31000\r\n", at: Double(tick) / 100)
        }
        for tick in 600..<700 {
            feed("No finger detected - place finger on sensor\r\nIR Value: 900\r\n", at: Double(tick) / 100)
        }
        #expect(recorder.contacts.map(\.contact) == [.good, .weak, .none])
        #expect(recorder.contacts.map(\.previous) == [nil, .good, .weak])
        #expect(recorder.contacts.map(\.infrared) == [95_000, 31_000, 900])
    }

    private func feed(_ text: String, at seconds: Double) {
        let span = Nanoseconds(seconds: seconds)
        let moment = Moment(
            monotonic: MonotonicTime(nanoseconds: 0) + span, wall: WallTime(nanoseconds: 0) + span)
        reader.receive(Array(text.utf8)[...], at: moment)
    }
}

@ReactorActor
private final class HeartBoardEventRecorder {
    var beats: [HeartBeatEvent] = []
    var contacts: [HeartContactEvent] = []
}
