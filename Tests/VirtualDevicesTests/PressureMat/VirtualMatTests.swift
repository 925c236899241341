import Clocks
import Testing
import VirtualDevices

@testable import Devices

@Suite("Virtual pressure mats") struct VirtualMatTests {
    /// A test argument with a readable name.
    struct MatCase: CustomTestStringConvertible, Sendable {
        let name: String
        let form: VirtualMatFormat
        let decoder: MatDecoder
        var testDescription: String { name }

        static let all: [MatCase] =
            KnownMat.all.map { MatCase(name: $0.name, form: VirtualMatFormat($0), decoder: MatDecoder($0)) } + [
                MatCase(
                    name: "text frames", form: .textFrames(rows: 16, columns: 16), decoder: .text(MatTextDecoder())),
                MatCase(name: "text lines", form: .textLines(rows: 48, columns: 48), decoder: .text(MatTextDecoder())),
                MatCase(
                    name: "8x12", form: .framed(KnownMat.grid(rows: 8, columns: 12)),
                    decoder: .framed(FramedMatDecoder(KnownMat.grid(rows: 8, columns: 12)))),
            ]
    }

    /// Plays a mat into a decoder in USB packets.
    private func play(
        _ form: MatCase, frames: Int, script: [ScheduledMatFault] = []
    ) -> (sent: [VirtualMat.Emission], readings: [MatReading], rejects: [DecoderReject], tally: DecoderCounters) {
        var mat = VirtualMat(form.form, seed: 3, rate: 10, baudRate: 3_000_000, script: script)
        var decoder = form.decoder
        var (readings, rejects): ([MatReading], [DecoderReject]) = ([], [])
        let emit: (MatItem) -> Void = { item in
            switch item {
            case .frame(let reading): readings.append(reading)
            case .rejected(let reject): rejects.append(reject)
            }
        }
        var sent: [VirtualMat.Emission] = []
        for _ in 0..<frames + 1 {
            let emission = mat.next()
            if !emission.cells.isEmpty { sent.append(emission) }
            for piece in VirtualMat.packets(of: emission) { decoder.feed(piece.bytes, emit) }
        }
        decoder.finish(emit)
        return (sent, readings, rejects, decoder.counters)
    }

    /// Whether a reading equals the true pressures within the resolution of eight bits.
    private func agrees(_ reading: MatReading, _ emission: VirtualMat.Emission) -> Bool {
        reading.cells.count == emission.cells.count
            && zip(reading.cells, emission.cells).allSatisfy { ($0 < 0) == ($1 < 0) && abs($0 - $1) <= 0.5 }
    }

    @Test("decoded frames equal the true pressures", arguments: MatCase.all)
    func roundTrip(form: MatCase) {
        let (sent, readings, rejects, _) = play(form, frames: 30)
        #expect(readings.count == sent.count)
        #expect(zip(readings, sent).allSatisfy { agrees($0, $1) })
        #expect(rejects.allSatisfy { $0.reason == .resynchronised && $0.byteCount < 64 }, "\(rejects)")
        let mat = VirtualMat(form.form, seed: 3)
        for (reading, emission) in zip(readings, sent) {
            let greatest = reading.cells.max() ?? 0
            #expect(mat.foot.isDown(at: emission.start) || greatest == 0)
        }
        #expect(readings.contains { ($0.cells.max() ?? 0) > 50 })
        #expect(readings.contains { ($0.cells.max() ?? 0) == 0 })
    }

    @Test("a fault affects only its frame and the neighbouring ones", arguments: MatCase.all)
    func faults(form: MatCase) {
        for fault in [VirtualMatFault.droppedBytes(7), .halfFrame, .noise(150)] {
            let script = [ScheduledMatFault(fault, at: .milliseconds(1_450), for: .milliseconds(100))]
            let (sent, readings, rejects, _) = play(form, frames: 30, script: script)
            #expect(sent.filter { !$0.isIntact }.count == 1)
            #expect(!rejects.isEmpty)
            #expect(readings.count >= 26, "\(fault): \(readings.count)")
            for reading in readings {
                #expect(sent.contains { agrees(reading, $0) }, "\(fault): a frame that was never sent")
            }
        }
    }

    @Test("frames are decoded after a restart", arguments: MatCase.all)
    func reset(form: MatCase) {
        let script = [ScheduledMatFault(.reset, at: .milliseconds(1_450), for: .zero)]
        let (sent, readings, _, _) = play(form, frames: 30, script: script)
        #expect(readings.count >= sent.count - 2)
        if readings.contains(where: { $0.frame != nil }) { #expect(readings.filter { $0.frame == 1 }.count == 2) }
    }

    @Test("false headers, dead and stuck cells have the documented effect", arguments: MatCase.all)
    func cells(form: MatCase) throws {
        let script = [
            ScheduledMatFault(.falseHeaders, at: .milliseconds(950), for: .seconds(1)),
            ScheduledMatFault(.deadCell(row: 4, column: 4), at: .zero, for: .seconds(100)),
            ScheduledMatFault(.stuckCell(row: 5, column: 5), at: .zero, for: .seconds(100)),
        ]
        let (sent, readings, rejects, _) = play(form, frames: 30, script: script)
        #expect(readings.count + rejects.filter { $0.reason == .range }.count >= sent.count)
        for reading in readings {
            #expect(reading.cells[4 * reading.columns + 4] < 0.5)
            #expect(reading.cells[5 * reading.columns + 5] > 99.5)
        }
    }

    @Test("the same seed gives the same emissions, another seed different ones")
    func seeds() {
        func emissions(seed: UInt64) -> [VirtualMat.Emission] {
            var mat = VirtualMat(.framed(KnownMat.grid(rows: 12, columns: 8)), seed: seed)
            return (0..<20).map { _ in mat.next() }
        }
        #expect(emissions(seed: 1) == emissions(seed: 1))
        #expect(emissions(seed: 1) != emissions(seed: 2))
    }

    @Test("emissions take the time of the baud rate")
    func timing() {
        var mat = VirtualMat(.framed(KnownMat.grid(rows: 12, columns: 8)), seed: 1, rate: 1_000, baudRate: 115_200)
        _ = mat.next()
        let first = mat.next()
        #expect(first.end - first.start == Nanoseconds(196 * 10_000_000_000 / 115_200))
        #expect(mat.next().start >= first.end)
        let pieces = VirtualMat.packets(of: first)
        #expect(pieces.map(\.bytes.count) == [64, 64, 64, 4])
        #expect(pieces.last?.time == first.end)
        #expect(Array(pieces.map(\.bytes).joined()) == first.bytes)
    }
}
