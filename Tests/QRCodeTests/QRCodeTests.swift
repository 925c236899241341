import Testing

@testable import QRCode

@Suite("QR codes") struct QRCodeTests {
    private func modules(_ code: QRCode) -> String {
        var bits = (0..<code.size * code.size).map { code[$0 % code.size, $0 / code.size] }
        while bits.count % 4 != 0 { bits.append(false) }
        return stride(from: 0, to: bits.count, by: 4).map { start in
            String(bits[start..<start + 4].reduce(0) { $0 * 2 + ($1 ? 1 : 0) }, radix: 16)
        }.joined()
    }

    @Test("are those that another encoder makes, for every version and mask")
    func vectors() throws {
        var sizes: Set<Int> = []
        for (count, mask, expected) in QRVectors.all {
            let code = try #require(QRCode(Array(QRVectors.text.utf8.prefix(count)), mask: mask))
            #expect(modules(code) == expected, "\(count) bytes, mask \(mask)")
            sizes.insert(code.size)
        }
        #expect(Set(QRVectors.all.map(\.mask)).count == 8)
        #expect(sizes.count == 10)
    }

    @Test("choose the mask with the least penalty, and change their size where the next byte does not fit")
    func sizes() throws {
        let capacities = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
        for (index, capacity) in capacities.enumerated() {
            let bytes = [UInt8](repeating: 0x41, count: capacity)
            #expect(QRCode(bytes)?.size == 21 + 4 * index)
            #expect(QRCode(bytes + [0x41])?.size == (index < 9 ? 25 + 4 * index : nil))
        }
        #expect(QRCode([])?.size == 21)
        let bytes = Array("WIFI:T:WPA;S:Range;P:12345678;;".utf8)
        let chosen = try #require(QRCode(bytes))
        let penalties = try (0...7).map { mask in
            let version = try #require(QRVersion.smallest(for: bytes.count))
            var grid = QRGrid(version)
            grid.draw(version.interleaved(version.dataCodewords(bytes)))
            grid.apply(mask: mask)
            return grid.penalty
        }
        #expect(penalties[chosen.mask] == penalties.min())
    }

    @Test("multiply in the field, and divide by the generator")
    func correction() {
        #expect(ReedSolomon.multiply(0x80, 2) == 0x1D)
        #expect(ReedSolomon.multiply(0x53, 0xCA) == 0x8F)
        // The example of the standard's annex: version 1, level M, "01234567".
        let data: [UInt8] = [
            0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11,
        ]
        let expected: [UInt8] = [0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55]
        #expect(ReedSolomon(degree: 10).remainder(of: data[...]) == expected)
    }

    @Test("a terminal shows two rows in a line, with the margin")
    func text() throws {
        let code = try #require(QRCode(Array("leadville".utf8)))
        for inColour in [false, true] {
            let lines = code.text(inColour: inColour).split(separator: "\n")
            #expect(lines.count == (21 + 8 + 1) / 2)
            let blocks = lines.map { line in
                line.filter { " \u{2580}\u{2584}\u{2588}".contains($0) }
            }
            #expect(blocks.allSatisfy { $0.count == 29 })
            // The third line is the first two rows of the upper finders.
            let finder =
                inColour
                ? "\u{2588}\u{2580}\u{2580}\u{2580}\u{2580}\u{2580}\u{2588}"
                : " \u{2584}\u{2584}\u{2584}\u{2584}\u{2584} "
            #expect(blocks[2].dropFirst(4).hasPrefix(finder))
        }
        #expect(!code[-1, 0] && !code[0, 21])
    }
}
