import TestSupport
import Testing

@testable import Devices

@Suite("Mats with frames of a fixed length") struct FramedMatTests {
    /// Names the test argument.
    struct Mat: CustomTestStringConvertible, Sendable {
        let name: String
        let layout: MatLayout
        var testDescription: String { name }

        static let all = KnownMat.all.compactMap { mat -> Mat? in
            guard case .framed(var layout) = mat.encoding else { return nil }
            // Random cells would widen it.
            layout.learnsRange = false
            return Mat(name: mat.name, layout: layout)
        }
    }

    /// A frame with random cells.
    private func frame(_ number: Int, of layout: MatLayout, random: inout SeededGenerator) -> [UInt8] {
        var cells: [UInt8] = []
        let length = layout.cellCount * layout.cell.size
        while cells.count < length {
            if layout.largestCell < 0xFFFF {
                cells += [.random(in: 0...255, using: &random), .random(in: 0...15, using: &random)]
            } else {
                cells.append(.random(in: 0...255, using: &random))
            }
        }
        var frame = layout.header
        if layout.counterOffset != nil { frame += [UInt8(number & 0xFF), UInt8(number >> 8 & 0xFF)] }
        frame += cells + (0..<layout.padding).map { _ in 0xAA } + layout.trailer
        return frame
    }

    private func noise(_ count: Int, random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in .random(in: 0...255, using: &random) }
    }

    /// The expected reading of each frame, decoded on its own.
    private func decoded(_ frames: [[UInt8]], of layout: MatLayout) -> [MatReading] {
        frames.map { bytes in
            var run = MatDecoderRecorder(.framed(FramedMatDecoder(layout)))
            var random = SeededGenerator(seed: 1)
            run.feed(bytes, cuts: bytes.count...bytes.count, random: &random)
            run.finish()
            return run.frames.first ?? MatReading()
        }
    }

    @Test("known layouts are valid", arguments: Mat.all)
    func sound(mat: Mat) {
        #expect(mat.layout.problem == nil)
        #expect(Set(KnownMat.all.map(\.name)).count == KnownMat.all.count)
    }

    @Test("loses at most one frame after random bytes", arguments: Mat.all)
    func resynchronisation(mat: Mat) {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<(mat.layout.frameLength > 1_000 ? 3 : 12) {
            let frames = (0..<7).map { frame($0, of: mat.layout, random: &random) }
            let expected = decoded(frames, of: mat.layout)
            let garbage = noise(.random(in: 1...2 * mat.layout.frameLength, using: &random), random: &random)
            let stream = Array(frames[..<3].joined()) + garbage + Array(frames[3...].joined())
            for cuts in [1...1, 1...500, 1_000_000...1_000_000] {
                var run = MatDecoderRecorder(.framed(FramedMatDecoder(mat.layout)))
                run.feed(Array(stream), cuts: cuts, random: &random)
                run.finish()
                #expect(run.frames.count >= 5)
                #expect(run.frames.suffix(3) == expected.suffix(3))
                #expect(run.frames.prefix(2) == expected.prefix(2))
                let counters = run.decoder.counters
                #expect(Int(counters.acceptedBytes + counters.rejectedBytes) == stream.count)
            }
        }
    }

    @Test("loses at most one complete frame when bytes are lost", arguments: Mat.all)
    func lostBytes(mat: Mat) {
        var random = SeededGenerator(seed: 43)
        for _ in 0..<(mat.layout.frameLength > 1_000 ? 3 : 12) {
            let frames = (0..<7).map { frame($0, of: mat.layout, random: &random) }
            let expected = decoded(frames, of: mat.layout)
            var stream = Array(frames.joined())
            let place = 2 * mat.layout.frameLength + .random(in: 0..<mat.layout.frameLength, using: &random)
            let count = Int.random(in: 1..<mat.layout.frameLength, using: &random)
            stream.removeSubrange(place..<place + count)
            var run = MatDecoderRecorder(.framed(FramedMatDecoder(mat.layout)))
            run.feed(stream, cuts: 1...5_000, random: &random)
            run.finish()
            #expect(run.frames.suffix(2) == expected.suffix(2))
            // The frame before the gap may lack its neighbour.
            #expect(run.frames.prefix(1) == expected.prefix(1))
            #expect(run.frames.count >= 4)
            #expect(run.frames.allSatisfy { expected.contains($0) }, "a frame that was never sent")
        }
    }

    @Test("ignores headers among the cells once synchronised", arguments: Mat.all)
    func falseHeaders(mat: Mat) {
        var random = SeededGenerator(seed: 44)
        let mark = mat.layout.header.isEmpty ? mat.layout.trailer : mat.layout.header
        var frames = (0..<8).map { frame($0, of: mat.layout, random: &random) }
        for index in 3..<8 {
            var place = mat.layout.offset
            while place + mark.count <= mat.layout.frameLength - mat.layout.trailer.count {
                frames[index].replaceSubrange(place..<place + mark.count, with: mark)
                place += mark.count
            }
        }
        var run = MatDecoderRecorder(.framed(FramedMatDecoder(mat.layout)))
        run.feed(Array(frames.joined()), cuts: 1...5_000, random: &random)
        run.finish()
        if mat.layout.largestCell == 0xFFFF {
            #expect(run.frames == decoded(frames, of: mat.layout))
        }
        #expect(run.rejects.allSatisfy { $0.reason == .range })
    }

    @Test("rejects noise and constant bytes, accounting for every byte", arguments: Mat.all)
    func noise(mat: Mat) {
        var random = SeededGenerator(seed: 45)
        let inputs =
            [noise(120_000, random: &random)]
            + [0, 0xAA, 0xEF, 0xFE, 0xFF].map { [UInt8](repeating: $0, count: 20_000) }
        for input in inputs {
            var run = MatDecoderRecorder(.framed(FramedMatDecoder(mat.layout)))
            run.feed(input, cuts: 1_000...5_000, random: &random)
            run.finish()
            #expect(run.frames.isEmpty)
            #expect(Int(run.decoder.counters.rejectedBytes) == input.count)
        }
    }

    @Test("a retained reading does not change")
    func keptReading() {
        let layout = KnownMat.grid(rows: 1, columns: 1)
        var decoder = FramedMatDecoder(layout)
        var kept: [MatReading] = []
        let stream: [UInt8] = (0..<5).flatMap { [0xEF, 0xBE, UInt8($0), 0, 0, UInt8(40 * $0 + 60)] as [UInt8] }
        decoder.feed(stream[...]) { if case .frame(let frame) = $0 { kept.append(frame) } }
        #expect(kept.map(\.frame) == [0, 1, 2, 3])
        #expect(Set(kept.map(\.cells)).count == 4)
    }

    @Test("rejects invalid layouts")
    func problems() {
        var layout = MatLayout(rows: 64, columns: 64, cell: .byte, scale: .counts(to: 255))
        #expect(layout.problem != nil, "neither header nor trailer")
        layout.trailer = [1]
        #expect(layout.problem == nil)
        for change: (inout MatLayout) -> Void in [
            { $0.rows = 65 }, { $0.columns = 0 }, { $0.header = [1, 2] }, { $0.padding = -1 }, { $0.padding = 257 },
            { $0.counterOffset = 0 }, { $0.trailer = [UInt8](repeating: 1, count: 17) },
        ] {
            var changed = layout
            change(&changed)
            #expect(changed.problem != nil)
        }
        #expect(MatScale(rest: 1, full: 1) == nil)
        #expect(MatScale(rest: 0, full: .infinity) == nil)
    }
}
