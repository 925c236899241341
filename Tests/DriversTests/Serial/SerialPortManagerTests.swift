import Clocks
import Configuration
import Devices
import Events
import Foundation
import Hotplug
import Reactor
import SerialTestSupport
import Testing
import VirtualDevices

@testable import Drivers

@Suite("The serial station, on pseudo terminals", .serialized, .timeLimit(.minutes(2))) @ReactorActor
struct SerialPortManagerTests {
    @Test("a heart board is found by what it says, and its readings become heart events")
    func heartBoard() async throws {
        let house = SerialTestBed()
        var board = VirtualHeartBoard(user: 7, seed: 3)
        let device = try house.plug("board")
        let text = board.serialText(until: .seconds(12))
        try await house.send(text, to: device) { house.hearts.count >= 8 }
        #expect(house.hearts.allSatisfy { $0.user == .number(7) && $0.source == device.path })
        #expect(house.devices == ["usb-board device_discovered", "usb-board device_connected"])
        house.close()
    }

    @Test("a board that is heard by cable and by UDP is counted once")
    func bothWays() async throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        let device = try house.plug("board")
        for second in 0..<20 {
            let object = "{\"user\":1,\"bpm\":72,\"timestamp\":\(second * 1_000)}"
            house.heartService.receive(Array(object.utf8), from: "192.168.1.101", at: .now())
            try await house.send(Array("Sent: \(object)\r\nHeartbeat detected! BPM: 71\r\n".utf8), to: device) {
                house.metric("leadville_heart_beats_total") == second + 1
            }
        }
        #expect(house.hearts.count == 20)
        #expect(house.metric("leadville_heart_readings_total{transport=\"udp\"}") == 20)
        #expect(house.metric("leadville_heart_echoes_total{transport=\"serial\"}") == 20)
        house.close()
    }

    @Test("each frame of a mat becomes an event with its number, also across a replug under another name")
    func mat() async throws {
        let house = SerialTestBed(rules: ["usb-mat pressure-mat grid-12x8"])
        let known = try #require(KnownMat.named("grid-12x8"))
        var mat = VirtualMat(VirtualMatFormat(known), seed: 1)
        let frames = (0..<40).map { _ in mat.next() }.filter { !$0.cells.isEmpty }
        var device = try house.plug("mat")
        try await house.send(frames.prefix(20).flatMap(\.bytes), to: device) { house.frames.count >= 19 }
        device.send(frames[20].bytes.prefix(100))
        device.unplug()
        await house.waitUntil { house.devices.last == "usb-mat device_lost" }
        let before = house.frames.count
        #expect(before == 19 || before == 20, "the last of a burst waits for its neighbour or for quiet")
        house.pullOut("mat")
        device = try house.plug("mat")
        try await house.send(frames.suffix(15).flatMap(\.bytes), to: device) { house.frames.count >= before + 14 }
        #expect(Set(house.frames.map(\.mat.text)) == ["usb-mat"])
        let numbers = house.frames.compactMap(\.frame)
        #expect(numbers == Array(0..<before) + Array(frames.count - 15..<frames.count - 1))
        #expect(
            house.devices
                == [
                    "device_discovered", "device_connected", "device_lost", "device_discovered", "device_connected",
                ].map { "usb-mat \($0)" })
        house.close()
    }

    @Test("a mat is found by what it says, whichever it is", arguments: ["grid-13x9", "m1616", "jq-64x64", "text"])
    func unknownMat(form: String) async throws {
        let house = SerialTestBed()
        var mat = VirtualMat(VirtualMatFormat(try #require(KnownMat.named(form))), seed: 4)
        let bytes = (0..<20).flatMap { _ in mat.next().bytes }
        try await house.send(bytes, to: try house.plug("mat")) { house.states == ["mat reading"] }
        #expect(house.frames.count >= 10)
        house.close()
    }

    @Test("two mats at once lose nothing, and are not mixed up")
    func twoMats() async throws {
        let house = SerialTestBed(rules: ["usb-left pressure-mat jq-32x32", "usb-right pressure-mat jq-16x16"])
        let forms = ["left": "jq-32x32", "right": "jq-16x16"]
        var pending: [(VirtualSerialPort, [UInt8])] = []
        for (name, form) in forms {
            var mat = VirtualMat(VirtualMatFormat(try #require(KnownMat.named(form))), seed: 9)
            pending.append((try house.plug(name), (0..<100).flatMap { _ in mat.next().bytes }))
        }
        while pending.contains(where: { !$0.1.isEmpty }) {
            for index in pending.indices {
                let piece = pending[index].1.prefix(1_500)
                pending[index].1.removeFirst(piece.count)
                await house.transmit(piece, from: pending[index].0)
            }
        }
        for (name, rows) in [("left", 32), ("right", 16)] {
            let own = house.frames.filter { $0.mat.text == "usb-\(name)" }
            #expect(own.count >= 99 && own.allSatisfy { $0.matrix.rows == rows })
        }
        house.close()
    }

    @Test("what nobody understands is let go, and not touched again until it is plugged in anew")
    func noise() async throws {
        let house = SerialTestBed()
        let device = try house.plug("modem")
        for _ in SerialSearch.allRates {
            device.send(Array("AT+CSQ OK \u{1}\u{2}ready>".utf8)[...])
            await loopIterations(3)
            house.advance(by: .seconds(5))
        }
        #expect(house.states == ["modem resting"])
        #expect(house.serial.release("*", for: .seconds(1)) == 0, "it is free already")
        house.advance(by: .seconds(600))
        #expect(house.states == ["modem resting"] && device.isFree)
        house.pullOut("modem")
        house.plug("modem", again: device)
        #expect(house.states == ["modem searching"])
        house.close()
        #expect(device.isFree)
    }

    @Test("what nobody allowed is not opened, and what a rule forbids neither")
    func forbidden() throws {
        let house = SerialTestBed(rules: ["usb-printer none"], probe: ["usb-p*", "10c4:ea60"])
        let printer = try house.plug("printer"), other = try house.plug("gps")
        #expect(house.states == ["gps resting", "printer resting"])
        #expect(printer.isFree && other.isFree)
        house.close()
    }

    @Test("a port that is lent is free, and taken back without asking again what it is")
    func lent() async throws {
        let house = SerialTestBed(rules: ["usb-board esp32-heart"])
        let device = try house.plug("board")
        #expect(!device.isFree && house.serial.release("usb-board", for: .seconds(60)) == 1)
        #expect(device.isFree)
        house.advance(by: .seconds(59))
        #expect(device.isFree)
        house.advance(by: .seconds(1))
        #expect(!device.isFree && house.states == ["board reading"])
        house.close()
    }

    @Test("a mat is tared when somebody asks, and only mats are")
    func tare() async throws {
        let house = SerialTestBed(rules: ["usb-mat pressure-mat m1616", "usb-board esp32-heart"])
        let device = try house.plug("mat")
        _ = try house.plug("board")
        #expect(house.serial.tare("usb-board") == 0 && house.serial.tare("*") == 1)
        // 51 of 512 in each cell: somebody has left a blanket on it.
        let frame = [0xAA, 0xAB, 0xAC] + [[UInt8]](repeating: [0, 51], count: 256).flatMap(\.self) + [0, 0, 0, 0]
        try await house.send((0..<30).flatMap { _ in frame }, to: device) { house.frames.count >= 25 }
        #expect(house.frames[0].matrix.cells.allSatisfy { $0 > 9 })
        #expect(house.frames[24].matrix.cells.allSatisfy { $0 == 0 })
        house.close()
    }

    @Test("a port that somebody else has is tried again until it is free")
    func busy() async throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        let device = try VirtualSerialPort()
        let holder = try #require(PortLock(device.path))
        house.plug("board", again: device)
        #expect(house.states == ["board resting"])
        #expect(house.metric("leadville_serial_failures_total{reason=\"busy\"}") == 1)
        holder.release()
        house.advance(by: .seconds(2))
        #expect(house.states == ["board reading"])
        house.close()
    }

    @Test("a board that falls silent is lost once, and found again when it speaks")
    func silence() async throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        let device = try house.plug("board")
        device.send(Array("WiFi connected!\r\n".utf8)[...])
        await house.waitUntil { house.devices.last == "usb-board device_connected" }
        house.advance(by: .seconds(10))
        house.advance(by: .seconds(10))
        #expect(house.devices.dropFirst() == ["usb-board device_connected", "usb-board device_lost"])
        device.send(Array("WiFi connected!\r\n".utf8)[...])
        await house.waitUntil { house.devices.count == 4 }
        #expect(house.devices.last == "usb-board device_connected")
        house.close()
    }

    @Test("where a device was understood is remembered, and tried first after a restart")
    func rememberedRate() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("rates-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "usb-mat 921600\n".write(toFile: path, atomically: true, encoding: .utf8)
        let house = SerialTestBed(ratesPath: path)
        let mat = try house.plug("mat"), device = try house.plug("board")
        #expect(mat.baudRate == 921_600 && device.baudRate == 115_200)
        var board = VirtualHeartBoard(user: 1, seed: 3)
        try await house.send(board.serialText(until: .seconds(3)), to: device) { !house.hearts.isEmpty }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "usb-mat 921600\nusb-board 115200\n")
        house.close()
    }

    @Test("a device that gets another name is read under that one")
    func moved() async throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        let old = try house.plug("board")
        let new = try VirtualSerialPort()
        house.move("board", to: new)
        #expect(old.isFree && !new.isFree && house.states == ["board reading"])
        try await house.send(Array("Sent: {\"user\":1,\"bpm\":72}\r\n".utf8), to: new) { house.hearts.count == 1 }
        #expect(house.hearts[0].source == new.path)
        house.close()
    }

    @Test("a mat that waits to be told to start is told")
    func startCommand() async throws {
        let house = SerialTestBed(rules: ["* pressure-mat pico-28x56"])
        let device = try VirtualSerialPort()
        var told: [UInt8] = []
        device.onReceive = { told += $0 }
        house.plug("mat", again: device)
        await house.waitUntil { told.count >= 14 }
        #expect(told == Array("start_reading\n".utf8))
        house.close()
    }
}
