import Clocks
import Events
import Reactor
import SerialTestSupport
import Testing
import VirtualDevices

@testable import Drivers

@Suite("What the user decides about devices on cables") @ReactorActor
struct SerialAdoptionTests {
    private let board = DeviceID("usb-board")

    @Test("where it must be asked for, a recognised board waits; adopted it is read, without a search")
    func asking() async throws {
        let house = SerialTestBed()
        house.registry.apply(.init(adoption: .ask))
        let device = try house.plug("board")
        device.send(Self.speech)
        await house.waitUntil { house.registry[board] != nil }
        #expect(house.states == ["board resting"])
        #expect(house.serial.ports.first?.reason == "nobody has adopted the esp32-heart there")
        #expect(device.isFree)
        try house.registry.decide(board, DeviceDecision(adopt: true))
        #expect(house.states == ["board reading"])
        #expect(house.devices == ["usb-board device_discovered"])
        device.send(Self.speech)
        await house.waitUntil { house.devices.last == "usb-board device_connected" }
        house.close()
    }

    @Test("a board that is to be left alone is let go at once, and not opened when it is plugged in again")
    func leaving() async throws {
        let house = SerialTestBed()
        let device = try house.plug("board")
        device.send(Self.speech)
        await house.waitUntil { house.states == ["board reading"] }
        try house.registry.decide(board, DeviceDecision(forget: true))
        #expect(house.states == ["board resting"])
        #expect(device.isFree)
        #expect(house.devices.last == "usb-board device_lost")
        house.pullOut("board")
        let again = try house.plug("board")
        again.send(Self.speech)
        await house.waitUntil { house.serial.ports.first?.reason == "nobody has adopted the esp32-heart there" }
        #expect(again.isFree)
        #expect(house.devices.last == "usb-board device_lost")
        try house.registry.decide(board, DeviceDecision(adopt: true))
        #expect(house.states == ["board searching"])
        again.send(Self.speech)
        await house.waitUntil { house.states == ["board reading"] }
        house.close()
    }

    @Test("what the configuration names needs no adoption")
    func configured() throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        house.registry.apply(.init(adoption: .ignore))
        _ = try house.plug("board")
        #expect(house.states == ["board reading"])
        house.close()
    }

    @Test("a new name does not disturb a port, and a lent port is not taken back by an adoption")
    func undisturbed() async throws {
        let house = SerialTestBed(rules: ["* esp32-heart"])
        _ = try house.plug("board")
        try house.registry.decide(board, DeviceDecision(name: "Hans"))
        #expect(house.states == ["board reading"])
        #expect(house.serial.release("usb-board", for: .seconds(60)) == 1)
        try house.registry.decide(board, DeviceDecision(adopt: false))
        try house.registry.decide(board, DeviceDecision(adopt: true))
        #expect(house.states == ["board resting"])
        house.close()
    }

    private static let speech = Array(
        (0..<8).map { "Sent: {\"user\":1,\"bpm\":72.5,\"timestamp\":\($0)000,\"sensor_type\":\"MAX30102\"}\r\n" }
            .joined()
            .utf8)[...]
}
