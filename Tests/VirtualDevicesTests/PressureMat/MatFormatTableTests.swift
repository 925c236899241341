import Foundation
import Testing

@testable import Devices
@testable import VirtualDevices

/// What each format yields with and without damage: the table in firmware-protocols/pressure-mat/README.md.
@Suite("Table of mat formats") struct MatFormatTableTests {
    /// A format, and its decoder.
    private struct Format {
        let name: String
        let format: VirtualMatFormat
        let mat: KnownMat

        static func all() throws -> [Format] {
            let text = try #require(KnownMat.named("text"))
            return KnownMat.all.filter { $0 != text }.map { Format(name: $0.name, format: .init($0), mat: $0) } + [
                Format(name: "text: `R` rows", format: .textRows(rows: 12, columns: 8), mat: text),
                Format(name: "text: `F` lines", format: .textFrames(rows: 16, columns: 16), mat: text),
                Format(name: "text: rows and `flag`", format: .textLines(rows: 16, columns: 16), mat: text),
            ]
        }

        /// Frames with different pictures, each as it is sent.
        func frames(_ count: Int) -> [[UInt8]] {
            (0..<count).map { number in
                let cells = (0..<format.size.rows * format.size.columns).map { cell in
                    Double((cell * 7 + number * 13) % 90 + 1)
                }
                return format.frame(cells, number: number, at: .milliseconds(Int64(number) * 100))
            }
        }

        /// How many whole frames are decoded. No frame is decoded that was never sent.
        func decoded(_ pieces: [[UInt8]], sent: [[UInt8]]) -> Int {
            let readings = readings(pieces).map(\.cells)
            let expected = self.readings(sent).map(\.cells)
            #expect(readings.allSatisfy(expected.contains), "\(name): a frame that was never sent")
            return zip(pieces, zip(sent, expected)).count { $0 == $1.0 && readings.contains($1.1) }
        }

        /// Which of the sent frames are decoded from these bytes.
        func decoded(_ pieces: [[UInt8]], of sent: [[UInt8]]) -> [Int] {
            let readings = readings(pieces).map(\.cells)
            return zip(sent.indices, self.readings(sent)).filter { readings.contains($1.cells) }.map(\.0)
        }

        private func readings(_ pieces: [[UInt8]]) -> [MatReading] {
            var decoder = MatDecoder(mat)
            var readings: [MatReading] = []
            func collect(_ item: MatItem) { if case .frame(let frame) = item { readings.append(frame) } }
            decoder.feed((format.greeting() + pieces.joined())[...], collect)
            decoder.finish(collect)
            return readings
        }

        func isRecognised(_ pieces: [[UInt8]]) -> Bool {
            var decoder: any LoggingDecoder = AnyMatDecoder()
            var log = ReadingLog()
            decoder.feed((format.greeting() + pieces.joined())[...], into: &log)
            decoder.finish(into: &log)
            return String(decoding: log.drainLines(), as: UTF8.self).contains(#""form":"\#(mat.name)""#)
        }
    }

    private enum Damage: CaseIterable {
        /// A tenth of the frame is missing from its middle.
        case bytesLost
        /// The second half is missing.
        case cutOff
        /// One byte of what delimits the frame is another.
        case markChanged

        func apply(to frame: [UInt8], of format: VirtualMatFormat) -> [UInt8] {
            var frame = frame
            switch self {
            case .bytesLost: frame.removeSubrange(frame.count / 2..<frame.count / 2 + max(2, frame.count / 10))
            case .cutOff: frame.removeLast(frame.count / 2)
            case .markChanged:
                switch format {
                case .framed(let layout) where !layout.header.isEmpty: frame[0] ^= 0x10
                case .textRows, .textFrames: frame[0] = UInt8(ascii: "#")
                case .textLines: frame[frame.count - 4] = UInt8(ascii: "#")
                case .runLength: frame[frame.count - 1] = 0x33
                case .framed, .halves: frame[frame.count - 2] ^= 0x10
                }
            }
            return frame
        }
    }

    /// The row of a format.
    private func row(_ format: Format) -> String {
        let sent = format.frames(8)
        let whole = format.decoded(Array(sent[..<3]), sent: Array(sent[..<3]))
        var cells = ["\(whole) of 3"]
        for damage in Damage.allCases {
            var pieces = sent
            for place in [3, 5] { pieces[place] = damage.apply(to: sent[place], of: format.format) }
            cells.append("\(format.decoded(pieces, sent: sent)) of 6")
        }
        var recognised = format.isRecognised(Array(sent[..<3])) ? 1 : 0
        for damage in Damage.allCases {
            for place in 0..<4 {
                var pieces = Array(sent[..<4])
                pieces[place] = damage.apply(to: sent[place], of: format.format)
                recognised += format.isRecognised(pieces) ? 1 : 0
            }
        }
        cells.append("\(recognised) of 13")
        return "| \(format.name.hasPrefix("text") ? format.name : "`\(format.name)`") | "
            + cells.joined(separator: " | ") + " |"
    }

    /// Wherever the bytes are lost, changed or added, and however many: the whole frame behind them may be needed to find
    /// out where frames begin, and no other.
    @Test("damage to a stream costs at most one whole frame")
    func recovery() throws {
        var random = SeededRandom(seed: 13)
        for format in try Format.all() {
            let sent = format.frames(10)
            let stream = Array(sent.joined())
            let starts = sent.indices.map { sent[..<$0].reduce(0) { $0 + $1.count } }
            let length = sent[0].count
            for trial in 0..<24 {
                let first = Int.random(in: starts[3]..<starts[5], using: &random)
                let count = [1, 2, length / 3, length - 1, length, length + 1, 2 * length][trial % 7]
                let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                let (lost, added) = [(count, []), (count, noise), (0, noise)][trial % 3]
                var damaged = stream
                damaged.replaceSubrange(first..<first + lost, with: added)
                let whole = sent.indices.filter {
                    starts[$0] + sent[$0].count <= first || starts[$0] >= first + max(lost, 1)
                }
                let decoded = format.decoded([damaged], of: sent)
                let missing = whole.filter { !decoded.contains($0) }
                #expect(
                    missing.count <= 1,
                    "\(format.name): \(lost) of \(added.count) bytes replaced at \(first - starts[3]): \(missing)")
            }
        }
    }

    @Test("the documented table is what the decoders yield")
    func table() throws {
        let rows = try Format.all().map(row)
        let file = URL(filePath: #filePath).appending(path: "../../../../firmware-protocols/pressure-mat/README.md")
        let text = try String(contentsOf: file.standardized, encoding: .utf8)
        let missing = rows.filter { !text.contains($0) }
        #expect(missing.isEmpty, "the table should have:\n\(rows.joined(separator: "\n"))")
    }
}
