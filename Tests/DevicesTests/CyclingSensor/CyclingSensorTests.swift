import Clocks
import Devices
import Events
import Testing

@Suite("Cycling sensor decoder") struct CyclingSensorTests {
    static let vectors = Result { try ProtocolVector.load("cycling-sensor", having: "notifications") }

    @Test("decodes the protocol vectors", arguments: try vectors.get())
    func vector(vector: ProtocolVector) throws {
        let name = try #require(vector.content["form"]?.stringValue)
        let variant = try #require(DecoderVariant.variants(of: .cyclingSensor).first { $0.name == name })
        let found = try variant.readings(try DecoderStep.steps(vector.content["notifications"]))
        #expect(found.isEquivalent(to: vector.content["readings"]), "\(found)")
    }

    @Test("vectors cover every variant and reject reason")
    func coverage() throws {
        let vectors = try Self.vectors.get()
        #expect(vectors.count >= 20)
        let variants = Set(vectors.compactMap { $0.content["form"]?.stringValue })
        #expect(variants == Set(DecoderVariant.variants(of: .cyclingSensor).map(\.name)))
        let readings = vectors.flatMap { $0.content["readings"]?.arrayValue ?? [] }
        #expect(Set(readings.compactMap { $0["reject"]?.stringValue }) == ["length", "range"])
    }

    private func measurement(wheel total: UInt32, _ ticks: UInt16) -> [UInt8] {
        [0x01] + (0..<4).map { UInt8(truncatingIfNeeded: total >> (8 * $0)) }
            + [UInt8(truncatingIfNeeded: ticks), UInt8(truncatingIfNeeded: ticks >> 8)]
    }

    @Test("computes the rate across the wrap-around of both counters")
    func wrapAround() {
        var decoder = CyclingSensorDecoder(.measurement)
        var (total, ticks) = (UInt32.max - 500, UInt16.max - 20_000)
        for step in 0..<1_000 {
            guard case .measurement(let value)? = decoder.readings(measurement(wheel: total, ticks)).first else {
                Issue.record("no measurement")
                return
            }
            // Three revolutions in a second.
            #expect(value.wheel?.perMinute == (step == 0 ? nil : 180), "step \(step)")
            total &+= 3
            ticks &+= 1_024
        }
    }

    @Test("a reset counter and a lost link leave the rate unknown once")
    func resets() {
        var decoder = CyclingSensorDecoder(.measurement)
        func rate(_ total: UInt32, _ ticks: UInt16) -> Double? {
            guard case .measurement(let value)? = decoder.readings(measurement(wheel: total, ticks)).first else {
                return -1
            }
            return value.wheel?.perMinute
        }
        #expect(rate(100, 1_024) == nil)
        #expect(rate(102, 2_048) == 120)
        #expect(rate(1, 500) == nil)
        #expect(rate(3, 1_524) == 120)
        decoder.flush { _ in }
        #expect(rate(9, 2_548) == nil)
    }

    @Test("reports zero when no revolution follows")
    func standstill() {
        var decoder = CyclingSensorDecoder(.measurement)
        let rates = [(1, 0), (2, 1_024), (2, 1_024), (2, 1_024), (3, 5_120)].flatMap { total, ticks in
            decoder.readings(measurement(wheel: UInt32(total), UInt16(ticks)))
        }.map { reading -> Double? in
            if case .measurement(let value) = reading { value.wheel?.perMinute } else { -1 }
        }
        #expect(rates == [nil, 60, nil, 0, 15])
    }

    @Test("accounts for every hostile byte")
    func hostile() {
        for characteristic in [CyclingSensorDecoder.Characteristic.measurement, .features, .battery] {
            let decoder = DecoderProperties.checkByteAccounting(
                CyclingSensorDecoder(characteristic), seed: 7
            ) { random in
                (0..<Int.random(in: 0...12, using: &random)).map { index in
                    index == 0 && Bool.random(using: &random)
                        ? .random(in: 0...3, using: &random)
                        : .random(in: 0...255, using: &random)
                }
            }
            #expect(decoder.counters.frames > 0 && decoder.counters[.length] > 0)
        }
    }

    @Test("is identified by its service")
    func recognition() {
        let advertisement = BluetoothAdvertisement(name: "CADENCE 1234", services: [BluetoothUUID(short: 0x1816)])
        guard case .device(.cyclingSensor, .certain, _) = advertisement.identify() else {
            Issue.record("\(advertisement.identify())")
            return
        }
    }
}
