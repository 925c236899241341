import TestSupport
import Testing

@testable import Devices

@Suite("Mats after damage, and their ranges") struct MatRecoveryTests {
    private func readings(_ mat: KnownMat, _ bytes: [UInt8]) -> [MatReading] {
        var run = MatDecoderRecorder(MatDecoder(mat))
        var random = SeededGenerator(seed: 1)
        run.feed(bytes, cuts: 1...40, random: &random)
        run.finish()
        return run.frames
    }

    private func text(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }

    @Test("run length: once locked, one whole frame between damaged ones is enough, until eight in a row are damaged")
    func runLength() {
        let whole: [UInt8] = [0, 8, 255]
        let damaged: [UInt8] = [0, 7, 255]
        func frames(_ bytes: [UInt8]) -> Int {
            var run = MatDecoderRecorder(.runLength(RunLengthMatDecoder(rows: 2, columns: 4)))
            var random = SeededGenerator(seed: 2)
            run.feed(bytes, cuts: 1...5, random: &random)
            return run.frames.count
        }
        #expect(frames(whole) == 0)
        #expect(frames(whole + damaged + whole) == 2)
        #expect(frames(whole + damaged + damaged + whole) == 0)
        let locked = whole + whole
        #expect(frames(locked + damaged + whole + damaged + whole + damaged + damaged + whole) == 5)
        let seven = (0..<7).flatMap { _ in damaged }
        #expect(frames(locked + seven + whole) == 3)
        #expect(frames(locked + seven + damaged + whole) == 2)
        #expect(frames(locked + [0, 8, 0, 8, 255]) == 4, "only an end is missing")
        #expect(frames(locked + [0, 8, 7, 0, 8, 255]) == 4, "an end has become a cell")
    }

    @Test("flag: the last frame counts without a flag behind it, and both frames around a lost flag")
    func flags() throws {
        let mat = try #require(KnownMat.named("text"))
        let rows = ["1,2,3", "4,5,6"]
        let whole = rows + ["flag"]
        #expect(readings(mat, text(whole + rows)).count == 2)
        #expect(readings(mat, text(whole + whole) + Array("1,2,3\n4,5,6\nflag".utf8)).count == 3)
        #expect(readings(mat, text(whole + whole + ["1,2,3"])).count == 2, "a row is missing")
        #expect(readings(mat, text(whole + whole + rows + rows + ["flag"])).count == 4)
        let short = ["1,2,3", "flag"]
        #expect(readings(mat, text(whole + whole + short + whole + short + whole)).count == 4)
        #expect(readings(mat, text(whole + short + whole)).count == 2)
        #expect(readings(mat, text(whole + whole + short + short + short + short)).count == 6, "the mat has changed")
    }

    @Test("text: a line that lost its end does not take the next one along")
    func joinedLines() throws {
        let mat = try #require(KnownMat.named("text"))
        let frame = ["R0:5000.0,3000.0", "R1:1000.0,900.0"]
        let joined = ["R0:5000.0,3000.0", "R1:10R0:5000.0,3000.0", "R1:1000.0,900.0"]
        #expect(readings(mat, text(frame + frame + joined + frame)).count == 4)
        let times = readings(mat, text(["CFG,2,2", "F,1,1,2,3,4", "F,2,1,2F,3,5,6,7,8"])).map(\.time?.count)
        #expect(times == [1_000, 3_000])
    }

    @Test("text: a damaged CFG line does not stop the frames")
    func damagedSize() throws {
        let mat = try #require(KnownMat.named("text"))
        let cells = [String](repeating: "7", count: 96).joined(separator: ",")
        #expect(readings(mat, text(["CFG,2,8", "F,1,\(cells)"])).map(\.rows) == [12])
        #expect(readings(mat, text(["CFG,8,12", "F,1,\(cells)", "CFG,8,1", "F,2,\(cells)"])).map(\.rows) == [8, 8])
    }

    @Test("rows of the Pico mat have 28 cells")
    func pico() throws {
        let cells = (0..<1_568).map { UInt8($0 / 28) }
        let mat = try #require(KnownMat.named("pico-28x56"))
        let frame = try #require(readings(mat, cells + [0xFF, 0xFE, 0xFE, 0xFF]).first)
        #expect((frame.rows, frame.columns) == (56, 28))
        #expect((0..<56).allSatisfy { Set(frame.cells[$0 * 28..<$0 * 28 + 28]).count == 1 })
    }

    /// An `m1616` frame with this value in every cell.
    private func m1616(_ raw: Int) -> [UInt8] {
        [0xAA, 0xAB, 0xAC] + (0..<256).flatMap { _ in [UInt8(raw >> 8), UInt8(raw & 0xFF)] } + [0, 0, 0, 0]
    }

    @Test("m1616: five frames beyond the range widen it; one does not, and a stated range stays")
    func learnedRange() throws {
        let mat = try #require(KnownMat.named("m1616"))
        func pressures(_ mat: KnownMat, _ raw: [Int]) -> [Double] {
            readings(mat, raw.flatMap(m1616)).map { ($0.cells[0] * 10).rounded() / 10 }
        }
        #expect(pressures(mat, [256, 600, 256]) == [50, 100, 50])
        #expect(pressures(mat, [600, 700, 800, 900, 1_000, 512]) == [100, 100, 100, 100, 100, 50])
        #expect(pressures(mat, [600, 600, 600, 600, 256, 600, 256]) == [100, 100, 100, 100, 50, 100, 50])
        #expect(pressures(mat, [Int](repeating: 40_000, count: 6) + [256]).last == 50, "no converter's value")
        let stated = mat.with(MatRange(full: 1_000))
        #expect(pressures(stated, [500] + [Int](repeating: 2_000, count: 6) + [500]).last == 50)
    }

    @Test("text: the range can be stated, for rows in ohms as well")
    func statedRange() throws {
        let mat = try #require(KnownMat.named("text"))
        let lines = text(["1024,0", "512,2048", "flag", "0,0", "0,4096", "flag"])
        #expect(readings(mat.with(MatRange(full: 4_096)), lines).map(\.cells) == [[25, 0, 12.5, 50], [0, 0, 0, 100]])
        let ohms = text(["R0:2000.0,1000.0", "R1:0.5,1500.0"])
        #expect(readings(mat.with(MatRange(rest: 2_000, full: 1_000)), ohms + ohms).first?.cells == [0, 100, 100, 50])
        #expect(mat.with(MatRange()) == mat)
    }
}
