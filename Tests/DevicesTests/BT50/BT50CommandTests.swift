import Clocks
import Devices
import JSON
import Testing

@Suite("BT50 commands") struct BT50CommandTests {
    @Test(
        "encode as in the protocol vectors, or are rejected",
        arguments: try ProtocolVector.load("bt50", having: "command"))
    func vector(vector: ProtocolVector) throws {
        let words = try #require(vector.content["command"]?.arrayValue)
        let number = try #require(words.last?.integerValue.map(Int.init))
        do throws(DeviceCommandError) {
            let commands: [BT50Command] =
                switch words[0].stringValue {
                case "read": [.read(BT50Register(rawValue: UInt8(number)) ?? .save)]
                case "rate": try BT50Setting.rate(BT50Rate(rawValue: UInt8(number)) ?? .hertz10).commands()
                case "now_data": try BT50Setting.nowData(number == 1).commands()
                case "cut_off": try BT50Setting.cutOffFrequency(number).commands()
                case "detection_cycle": try BT50Setting.detectionCycle(number).commands()
                default: []
                }
            let writes = commands.map { $0.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
            #expect(JSONValue.array(writes.map { .string($0) }) == vector.content["writes"])
        } catch {
            #expect(error.field == vector.content["refused"]?.stringValue)
        }
    }

    @Test("the firmware update register is not available")
    func forbidden() {
        #expect(BT50Register(rawValue: 0x65) == nil)
    }
}

@Suite("BT50 request queue") struct BT50RequestQueueTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    /// `#expect` copies its operands, and the queue must mutate.
    private func expect(_ value: Bool, at place: SourceLocation = #_sourceLocation) {
        #expect(value, sourceLocation: place)
    }

    private func reply(_ register: BT50Register) throws -> BT50Registers {
        var decoder = BT50Decoder()
        let readings = decoder.readings([0x55, 0x71, register.rawValue, 0] + [UInt8](repeating: 0, count: 16))
        guard case .registers(let registers)? = readings.first else {
            throw DeviceCommandError("reply", 0, allowed: 1...1)
        }
        return registers
    }

    @Test("reads one register at a time, at least 50 ms apart")
    func pace() throws {
        var queue = BT50RequestQueue()
        expect(queue.next(at: at(0)) == .idle)
        expect(queue.read(.battery) && queue.read(.returnRate))
        expect(queue.next(at: at(0)) == .write(BT50Command.read(.battery).bytes))
        expect(queue.next(at: at(0)) == .wait(until: at(500)))
        expect(queue.receive(try reply(.battery)))
        expect(queue.next(at: at(10)) == .wait(until: at(50)))
        expect(queue.next(at: at(50)) == .write(BT50Command.read(.returnRate).bytes))
        #expect(!queue.isIdle)
        expect(queue.receive(try reply(.returnRate)))
        #expect(queue.isIdle)
        expect(queue.next(at: at(60)) == .idle)
    }

    @Test("gives up after four unanswered attempts")
    func timeout() throws {
        var queue = BT50RequestQueue()
        expect(queue.read(.mode) && queue.read(.battery))
        for attempt in 0..<4 {
            let now = Int64(attempt) * 500
            expect(queue.next(at: at(now)) == .write(BT50Command.read(.mode).bytes))
            expect(queue.next(at: at(now + 499)) == .wait(until: at(now + 500)))
        }
        expect(queue.next(at: at(2_000)) == .gaveUp(.mode))
        expect(queue.next(at: at(2_000)) == .write(BT50Command.read(.battery).bytes))
        for attempt in 1..<4 { expect(queue.next(at: at(2_000 + Int64(attempt) * 500)) != .idle) }
        expect(queue.next(at: at(4_000)) == .gaveUp(.battery))
        expect(queue.next(at: at(4_000)) == .idle)
    }

    @Test("ignores answers for other registers")
    func strangers() throws {
        var queue = BT50RequestQueue()
        expect(!queue.receive(try reply(.battery)))
        expect(queue.read(.battery))
        _ = queue.next(at: at(0))
        expect(!queue.receive(try reply(.mode)))
        expect(queue.next(at: at(1)) == .wait(until: at(500)))
        expect(queue.receive(try reply(.battery)))
    }

    @Test("does not queue a register twice")
    func duplicates() throws {
        var queue = BT50RequestQueue()
        expect(queue.read(.battery) && queue.read(.battery))
        _ = queue.next(at: at(0))
        expect(queue.read(.battery))
        expect(queue.receive(try reply(.battery)))
        #expect(queue.isIdle)
    }

    @Test("writes a setting in three commands, 100 ms apart")
    func setting() throws {
        var queue = BT50RequestQueue()
        expect(try queue.set(.rate(.hertz100)))
        expect(queue.read(.returnRate))
        expect(queue.next(at: at(0)) == .write(BT50Command.unlock.bytes))
        expect(queue.next(at: at(0)) == .wait(until: at(100)))
        expect(queue.next(at: at(100)) == .write([0xFF, 0xAA, 0x03, 0x09, 0x00]))
        expect(queue.next(at: at(199)) == .wait(until: at(200)))
        expect(queue.next(at: at(200)) == .write(BT50Command.save.bytes))
        expect(queue.next(at: at(300)) == .write(BT50Command.read(.returnRate).bytes))
        #expect(throws: DeviceCommandError.self) { _ = try queue.set(.detectionCycle(0)) }
    }

    @Test("reads a setting back after writing it")
    func readingBack() throws {
        var queue = BT50RequestQueue()
        expect(queue.read(.returnRate))
        expect(try queue.set(.rate(.hertz100)) && queue.readAfterwards(.returnRate))
        expect(queue.next(at: at(0)) == .write(BT50Command.unlock.bytes))
        _ = queue.next(at: at(100))
        _ = queue.next(at: at(200))
        expect(queue.next(at: at(300)) == .write(BT50Command.read(.returnRate).bytes))
        expect(queue.receive(try reply(.returnRate)))
        #expect(queue.isIdle)
    }

    @Test("limits the queue, and empties it when the link is lost")
    func capacity() throws {
        var queue = BT50RequestQueue()
        for _ in 0..<21 { expect(try queue.set(.rate(.hertz50))) }
        expect(try !queue.set(.rate(.hertz50)))
        expect(queue.read(.battery))
        expect(!queue.read(.mode))
        queue.reset()
        #expect(queue.isIdle)
        expect(queue.next(at: at(0)) == .idle)
    }
}
