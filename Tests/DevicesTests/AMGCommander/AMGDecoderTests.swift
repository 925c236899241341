import Clocks
import Devices
import Events
import Foundation
import JSON
import Testing

@Suite("AMG Commander decoder") struct AMGDecoderTests {
    static let vectors = Result { try ProtocolVector.load("amg-commander", having: "notifications") }

    @Test("decodes the protocol vectors", arguments: try vectors.get())
    func vector(vector: ProtocolVector) throws {
        let variant = try #require(DecoderVariant.variants(of: .amgCommander).first)
        let found = try variant.readings(try DecoderStep.steps(vector.content["notifications"]))
        #expect(found.isEquivalent(to: vector.content["readings"]), "\(found)")
    }

    @Test("vectors cover every end of a list")
    func coverage() throws {
        let vectors = try Self.vectors.get()
        #expect(vectors.count >= 30)
        let readings = vectors.flatMap { $0.content["readings"]?.arrayValue ?? [] }
        let ends = Set(readings.compactMap { $0["end"]?.stringValue })
        #expect(ends == Set(AMGShotList.End.allCases.map(\.rawValue)))
        let captures = vectors.filter { $0.content["origin"]?.stringValue == "capture" }
        #expect(captures.count >= 20)
    }

    @Test("captured pushes are arithmetically consistent")
    func arithmetic() throws {
        for vector in try Self.vectors.get() where vector.content["origin"]?.stringValue == "capture" {
            var decoder = AMGDecoder()
            let bytes = try #require(vector.content["notifications"]?[0]?.stringValue)
            for case .push(let push) in decoder.readings(try ProtocolVector.bytes(hex: bytes)) {
                guard push.status.state == .shot || push.status.state == .stopped else { continue }
                #expect(push.status.last == push.status.time)
                #expect(push.status.shot == push.status.total)
                if push.status.shot == 1 {
                    #expect(push.status.first == push.status.time && push.status.split == push.status.time)
                }
            }
        }
    }

    @Test("decodes a slice like a whole buffer")
    func slice() {
        let packet: [UInt8] = [0x01, 0x08, 2, 2, 0x01, 0x5C, 0, 0xA8, 0, 0xB4, 0x01, 0x5C, 0, 2]
        var decoder = AMGDecoder()
        var readings: [AMGReading] = []
        decoder.feed((Array(repeating: 0xEE, count: 9) + packet + [0xEE])[9..<23]) { readings.append($0) }
        guard case .push(let push) = readings.first else {
            Issue.record("\(readings)")
            return
        }
        #expect(push.status.time == .milliseconds(3_480))
        let shot = Shot(
            number: 2, time: .milliseconds(3_480), split: .milliseconds(1_680), first: .milliseconds(1_800))
        #expect(push.action == .stopped(last: shot))
    }

    @Test("maps pushes to events of a string")
    func actions() {
        var decoder = AMGDecoder()
        let actions = ["0105000200000000003b00490003", "0103010100650065006500650003", "0108000000000000000000000003"]
            .flatMap { decoder.readings((try? ProtocolVector.bytes(hex: $0)) ?? []) }
            .map { reading -> TimerEvent.Action? in if case .push(let push) = reading { push.action } else { nil } }
        let time = Nanoseconds.milliseconds(1_010)
        #expect(
            actions == [.started, .shot(Shot(number: 1, time: time, split: time, first: time)), .stopped(last: nil)])
        var other = AMGDecoder()
        guard case .push(let push) = other.readings([1, 9] + [UInt8](repeating: 0, count: 12)).first else {
            Issue.record("an unknown state is a push")
            return
        }
        #expect(push.action == nil)
    }

    @Test("accounts for every byte of hostile packets")
    func hostile() {
        let codes: [UInt8] = [0x01, 0x0A, 0x0B, 0x0C, 0x14, 0x1A, 0x1E, 0x53]
        let decoder = DecoderProperties.checkByteAccounting(AMGDecoder(), seed: 31) { random in
            var packet = (0..<Int.random(in: 0...22, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !packet.isEmpty, Bool.random(using: &random) { packet[0] = codes.randomElement(using: &random) ?? 1 }
            if packet.count > 2, packet.count % 2 == 0, Bool.random(using: &random) {
                packet[1] = UInt8(packet.count / 2 - 1)
            }
            return packet
        }
        for reason in [DecoderReject.Reason.length, .range, .unknown, .truncated] {
            #expect(decoder.counters[reason] > 0)
        }
        #expect(decoder.counters.frames > 100)
    }
}
