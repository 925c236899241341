import Clocks
import Configuration
import Devices
import Events
import Foundation
import Hotplug
import Reactor
import SerialTestSupport
import Store
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Serial port manager on pseudo terminals", .serialized, .timeLimit(.minutes(10))) @ReactorActor
struct SerialPortManagerTests {
    @Test("recognises a heart board by its data and publishes its readings")
    func heartBoard() async throws {
        let bed = SerialTestBed()
        var board = VirtualHeartBoard(user: 7, seed: 3)
        let device = try bed.plug("board")
        let text = board.serialText(until: .seconds(12))
        try await bed.send(text, to: device) { bed.hearts.count >= 8 }
        #expect(bed.hearts.allSatisfy { $0.user == .number(7) && $0.source == device.path })
        #expect(bed.devices == ["usb-board device_discovered", "usb-board device_connected"])
        bed.close()
    }

    @Test("counts a reading that arrives over serial and UDP once")
    func bothWays() async throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        let device = try bed.plug("board")
        for second in 0..<20 {
            let object = "{\"user\":1,\"bpm\":72,\"timestamp\":\(second * 1_000)}"
            bed.heartService.receive(Array(object.utf8), from: "192.168.1.101", at: .now())
            try await bed.send(Array("Sent: \(object)\r\nHeartbeat detected! BPM: 71\r\n".utf8), to: device) {
                bed.metric("leadville_heart_beats_total") == second + 1
            }
        }
        #expect(bed.hearts.count == 20)
        #expect(bed.metric("leadville_heart_readings_total{transport=\"udp\"}") == 20)
        #expect(bed.metric("leadville_heart_echoes_total{transport=\"serial\"}") == 20)
        bed.close()
    }

    @Test("publishes each frame of a mat with its number, also after a replug with another node")
    func mat() async throws {
        let bed = SerialTestBed(rules: ["usb-mat pressure-mat grid-12x8"])
        let known = try #require(KnownMat.named("grid-12x8"))
        var mat = VirtualMat(VirtualMatFormat(known), seed: 1)
        let frames = (0..<40).map { _ in mat.next() }.filter { !$0.cells.isEmpty }
        var device = try bed.plug("mat")
        try await bed.send(frames.prefix(20).flatMap(\.bytes), to: device) { bed.frames.count >= 19 }
        device.send(frames[20].bytes.prefix(100))
        device.unplug()
        await bed.waitUntil { bed.devices.last == "usb-mat device_lost" }
        let before = bed.frames.count
        #expect(before == 19 || before == 20, "the last of a burst waits for its neighbour or for quiet")
        bed.pullOut("mat")
        device = try bed.plug("mat")
        try await bed.send(frames.suffix(15).flatMap(\.bytes), to: device) { bed.frames.count >= before + 14 }
        #expect(Set(bed.frames.map(\.mat.text)) == ["usb-mat"])
        let numbers = bed.frames.compactMap(\.frame)
        #expect(numbers == Array(0..<before) + Array(frames.count - 15..<frames.count - 1))
        #expect(
            bed.devices
                == [
                    "device_discovered", "device_connected", "device_lost", "device_discovered", "device_connected",
                ].map { "usb-mat \($0)" })
        bed.close()
    }

    @Test("recognises every variant of mat by its data", arguments: ["grid-13x9", "m1616", "jq-64x64", "text"])
    func unknownMat(form: String) async throws {
        let bed = SerialTestBed()
        var mat = VirtualMat(VirtualMatFormat(try #require(KnownMat.named(form))), seed: 4)
        let bytes = (0..<20).flatMap { _ in mat.next().bytes }
        try await bed.send(bytes, to: try bed.plug("mat")) { bed.states == ["mat reading"] }
        #expect(bed.frames.count >= 10)
        bed.close()
    }

    @Test("two mats in parallel lose no frame and are not mixed up")
    func twoMats() async throws {
        let bed = SerialTestBed(rules: ["usb-left pressure-mat jq-32x32", "usb-right pressure-mat jq-16x16"])
        let forms = ["left": "jq-32x32", "right": "jq-16x16"]
        var pending: [(VirtualSerialPort, [UInt8])] = []
        for (name, form) in forms {
            var mat = VirtualMat(VirtualMatFormat(try #require(KnownMat.named(form))), seed: 9)
            pending.append((try bed.plug(name), (0..<100).flatMap { _ in mat.next().bytes }))
        }
        while pending.contains(where: { !$0.1.isEmpty }) {
            for index in pending.indices {
                let piece = pending[index].1.prefix(1_500)
                pending[index].1.removeFirst(piece.count)
                await bed.transmit(piece, from: pending[index].0)
            }
        }
        for (name, rows) in [("left", 32), ("right", 16)] {
            let own = bed.frames.filter { $0.mat.text == "usb-\(name)" }
            #expect(own.count >= 99 && own.allSatisfy { $0.matrix.rows == rows })
        }
        bed.close()
    }

    @Test("releases an unknown device until it is plugged in again")
    func noise() async throws {
        let bed = SerialTestBed()
        let device = try bed.plug("modem")
        for _ in SerialSearch.allRates {
            device.send(Array("AT+CSQ OK \u{1}\u{2}ready>".utf8)[...])
            await loopIterations(3)
            bed.advance(by: .seconds(5))
        }
        #expect(bed.states == ["modem resting"])
        #expect(bed.serial.release("*", for: .seconds(1)) == 0, "it is free already")
        bed.advance(by: .seconds(600))
        #expect(bed.states == ["modem resting"] && device.isFree)
        bed.pullOut("modem")
        bed.plug("modem", again: device)
        #expect(bed.states == ["modem searching"])
        bed.close()
        #expect(device.isFree)
    }

    @Test("does not open ports that are not configured or that a rule excludes")
    func forbidden() throws {
        let bed = SerialTestBed(rules: ["usb-printer none"], probe: ["usb-p*", "10c4:ea60"])
        let printer = try bed.plug("printer"), other = try bed.plug("gps")
        #expect(bed.states == ["gps resting", "printer resting"])
        #expect(printer.isFree && other.isFree)
        bed.close()
    }

    @Test("a temporarily released port is free, and is reopened without a search")
    func released() async throws {
        let bed = SerialTestBed(rules: ["usb-board esp32-heart"])
        let device = try bed.plug("board")
        #expect(!device.isFree && bed.serial.release("usb-board", for: .seconds(60)) == 1)
        #expect(device.isFree)
        bed.advance(by: .seconds(59))
        #expect(device.isFree)
        bed.advance(by: .seconds(1))
        #expect(!device.isFree && bed.states == ["board reading"])
        bed.close()
    }

    @Test("tares mats on request, and no other devices")
    func tare() async throws {
        let bed = SerialTestBed(rules: ["usb-mat pressure-mat m1616", "usb-board esp32-heart"])
        let device = try bed.plug("mat")
        _ = try bed.plug("board")
        #expect(bed.serial.tare("usb-board") == 0 && bed.serial.tare("*") == 1)
        // 51 of 512 in each cell: a constant load.
        let frame = [0xAA, 0xAB, 0xAC] + [[UInt8]](repeating: [0, 51], count: 256).flatMap(\.self) + [0, 0, 0, 0]
        try await bed.send((0..<30).flatMap { _ in frame }, to: device) { bed.frames.count >= 25 }
        #expect(bed.frames[0].matrix.cells.allSatisfy { $0 > 9 })
        #expect(bed.frames[24].matrix.cells.allSatisfy { $0 == 0 })
        bed.close()
    }

    @Test("retries a port that another program uses until it is free")
    func busy() async throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        let device = try VirtualSerialPort()
        let holder = try #require(PortLock(device.path))
        bed.plug("board", again: device)
        #expect(bed.states == ["board resting"])
        #expect(bed.metric("leadville_serial_failures_total{reason=\"busy\"}") == 1)
        holder.release()
        bed.advance(by: .seconds(2))
        #expect(bed.states == ["board reading"])
        bed.close()
    }

    @Test("reports a silent board as disconnected once, and as connected when it sends again")
    func silence() async throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        let device = try bed.plug("board")
        device.send(Array("WiFi connected!\r\n".utf8)[...])
        await bed.waitUntil { bed.devices.last == "usb-board device_connected" }
        bed.advance(by: .seconds(10))
        bed.advance(by: .seconds(10))
        #expect(bed.devices.dropFirst() == ["usb-board device_connected", "usb-board device_lost"])
        device.send(Array("WiFi connected!\r\n".utf8)[...])
        await bed.waitUntil { bed.devices.count == 4 }
        #expect(bed.devices.last == "usb-board device_connected")
        bed.close()
    }

    @Test("tries the remembered rate of a device first after a restart")
    func rememberedRate() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("rates-\(UUID()).db").path
        defer { for suffix in ["", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        let before = try DataStore(StoreOptions(path: path), timers: EventLoop.shared.timers)
        before.put(.document(.serialRate, name: "usb-mat", body: Array("921600".utf8)))
        #expect(await before.close(within: .seconds(30)) == 0)
        let store = try DataStore(StoreOptions(path: path), timers: EventLoop.shared.timers)
        _ = await store.start(within: .seconds(30))
        let bed = SerialTestBed(store: store)
        let mat = try bed.plug("mat"), device = try bed.plug("board")
        #expect(mat.baudRate == 921_600 && device.baudRate == 115_200)
        var board = VirtualHeartBoard(user: 1, seed: 3)
        try await bed.send(board.serialText(until: .seconds(3)), to: device) { !bed.hearts.isEmpty }
        bed.close()
        #expect(await store.close(within: .seconds(30)) == 0)
        let after = try DataStore(StoreOptions(path: path), timers: EventLoop.shared.timers)
        let stored = await after.start(within: .seconds(30)).state?.documents ?? []
        #expect(
            stored.map { "\($0.name) \(String(decoding: $0.body, as: UTF8.self))" } == [
                "usb-board 115200", "usb-mat 921600",
            ])
        #expect(await after.close(within: .seconds(30)) == 0)
    }

    @Test("reads a device that the system moves to another node")
    func moved() async throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        let old = try bed.plug("board")
        let new = try VirtualSerialPort()
        bed.move("board", to: new)
        #expect(old.isFree && !new.isFree && bed.states == ["board reading"])
        try await bed.send(Array("Sent: {\"user\":1,\"bpm\":72}\r\n".utf8), to: new) { bed.hearts.count == 1 }
        #expect(bed.hearts[0].source == new.path)
        bed.close()
    }

    @Test("sends the start command to a mat that needs one")
    func startCommand() async throws {
        let bed = SerialTestBed(rules: ["* pressure-mat pico-28x56"])
        let device = try VirtualSerialPort()
        var received: [UInt8] = []
        device.onReceive = { received += $0 }
        bed.plug("mat", again: device)
        await bed.waitUntil { received.count >= 14 }
        #expect(received == Array("start_reading\n".utf8))
        bed.close()
    }
}

@Suite("Adoption of serial devices") @ReactorActor
struct SerialAdoptionTests {
    private let board = DeviceID("usb-board")

    @Test("with the policy ask, a recognised board waits; once adopted it is read without a search")
    func asking() async throws {
        let bed = SerialTestBed()
        bed.registry.apply(.init(adoption: .ask))
        let device = try bed.plug("board")
        device.send(Self.speech)
        await bed.waitUntil { bed.registry[board] != nil }
        #expect(bed.states == ["board resting"])
        #expect(bed.serial.ports.first?.reason == "the esp32-heart is not adopted")
        #expect(device.isFree)
        try bed.registry.decide(board, DeviceDecision(adopt: true))
        #expect(bed.states == ["board reading"])
        #expect(bed.devices == ["usb-board device_discovered"])
        device.send(Self.speech)
        await bed.waitUntil { bed.devices.last == "usb-board device_connected" }
        bed.close()
    }

    @Test("a forgotten board is released at once and not opened when it is plugged in again")
    func leaving() async throws {
        let bed = SerialTestBed()
        let device = try bed.plug("board")
        device.send(Self.speech)
        await bed.waitUntil { bed.states == ["board reading"] }
        try bed.registry.decide(board, DeviceDecision(forget: true))
        #expect(bed.states == ["board resting"])
        #expect(device.isFree)
        #expect(bed.devices.last == "usb-board device_lost")
        bed.pullOut("board")
        let again = try bed.plug("board")
        again.send(Self.speech)
        await bed.waitUntil { bed.serial.ports.first?.reason == "the esp32-heart is not adopted" }
        #expect(again.isFree)
        #expect(bed.devices.last == "usb-board device_lost")
        try bed.registry.decide(board, DeviceDecision(adopt: true))
        #expect(bed.states == ["board searching"])
        again.send(Self.speech)
        await bed.waitUntil { bed.states == ["board reading"] }
        bed.close()
    }

    @Test("a configured device needs no adoption")
    func configured() throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        bed.registry.apply(.init(adoption: .ignore))
        _ = try bed.plug("board")
        #expect(bed.states == ["board reading"])
        bed.close()
    }

    @Test("renaming does not interrupt reading, and adopting does not reopen a temporarily released port")
    func undisturbed() async throws {
        let bed = SerialTestBed(rules: ["* esp32-heart"])
        _ = try bed.plug("board")
        try bed.registry.decide(board, DeviceDecision(name: "Hans"))
        #expect(bed.states == ["board reading"])
        #expect(bed.serial.release("usb-board", for: .seconds(60)) == 1)
        try bed.registry.decide(board, DeviceDecision(adopt: false))
        try bed.registry.decide(board, DeviceDecision(adopt: true))
        #expect(bed.states == ["board resting"])
        bed.close()
    }

    private static let speech = Array(
        (0..<8).map { "Sent: {\"user\":1,\"bpm\":72.5,\"timestamp\":\($0)000,\"sensor_type\":\"MAX30102\"}\r\n" }
            .joined()
            .utf8)[...]
}
