import JSON
import TestSupport
import Testing

@testable import Devices

@Suite("Pressure mats") struct MatVectorTests {
    static let cuts: [ClosedRange<Int>] = [1...1, 1...9, 1...300, 1_000_000...1_000_000]

    @Test("decode the protocol vectors in chunks of any size", arguments: try MatVector.load())
    func vector(vector: MatVector) throws {
        var random = SeededGenerator(seed: 5)
        for cuts in Self.cuts {
            var run = MatDecoderRecorder(vector.decoder)
            for (index, bytes) in vector.input.enumerated() {
                if index > 0 { run.pause() }
                run.feed(bytes, cuts: cuts, random: &random)
            }
            run.finish()
            let items = try run.asVector
            #expect(items == vector.items, "cut \(cuts): \(items)")
            if case .text = run.decoder { continue }
            let counters = run.decoder.counters
            #expect(Int(counters.acceptedBytes + counters.rejectedBytes) == vector.input.reduce(0) { $0 + $1.count })
        }
    }

    @Test("vectors cover every reject reason")
    func coverage() throws {
        let vectors = try MatVector.load()
        #expect(vectors.count >= 25)
        let reasons = vectors.flatMap { ($0.items.arrayValue ?? []).compactMap { $0["reject"]?.stringValue } }
        #expect(Set(reasons) == Set(DecoderReject.Reason.allCases.map(\.rawValue)))
    }

    @Test("a finished decoder can be used again", arguments: try MatVector.load())
    func again(vector: MatVector) throws {
        var random = SeededGenerator(seed: 6)
        var run = MatDecoderRecorder(vector.decoder)
        for _ in 0..<2 {
            for (index, bytes) in vector.input.enumerated() {
                if index > 0 { run.pause() }
                run.feed(bytes, cuts: 1_000_000...1_000_000, random: &random)
            }
            run.finish()
        }
        let items = vector.items.arrayValue ?? []
        #expect(try run.asVector == .array(items + items))
    }
}
