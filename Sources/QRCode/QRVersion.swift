/// What the size of a code determines: how many bytes it holds, and how they are protected.
struct QRVersion: Hashable, Sendable {
    let number: Int
    /// All codewords: data and error correction.
    let codewords: Int
    let blocks: Int
    let correctionPerBlock: Int
    /// Rows and columns of the alignment patterns' centres.
    let alignment: [Int]

    var size: Int { 17 + 4 * number }
    private var dataCount: Int { codewords - blocks * correctionPerBlock }
    private var lengthBits: Int { number < 10 ? 8 : 16 }

    /// Level M.
    static let all: [QRVersion] = [
        QRVersion(number: 1, codewords: 26, blocks: 1, correctionPerBlock: 10, alignment: []),
        QRVersion(number: 2, codewords: 44, blocks: 1, correctionPerBlock: 16, alignment: [6, 18]),
        QRVersion(number: 3, codewords: 70, blocks: 1, correctionPerBlock: 26, alignment: [6, 22]),
        QRVersion(number: 4, codewords: 100, blocks: 2, correctionPerBlock: 18, alignment: [6, 26]),
        QRVersion(number: 5, codewords: 134, blocks: 2, correctionPerBlock: 24, alignment: [6, 30]),
        QRVersion(number: 6, codewords: 172, blocks: 4, correctionPerBlock: 16, alignment: [6, 34]),
        QRVersion(number: 7, codewords: 196, blocks: 4, correctionPerBlock: 18, alignment: [6, 22, 38]),
        QRVersion(number: 8, codewords: 242, blocks: 4, correctionPerBlock: 22, alignment: [6, 24, 42]),
        QRVersion(number: 9, codewords: 292, blocks: 5, correctionPerBlock: 22, alignment: [6, 26, 46]),
        QRVersion(number: 10, codewords: 346, blocks: 5, correctionPerBlock: 26, alignment: [6, 28, 50]),
    ]

    /// The first that holds so many bytes; nil if none does.
    static func smallest(for count: Int) -> QRVersion? {
        all.first { 4 + $0.lengthBits + 8 * count <= 8 * $0.dataCount }
    }

    /// The bytes with their mode and length, filled up.
    func dataCodewords(_ bytes: [UInt8]) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            for shift in (0..<count).reversed() { bits.append(value >> shift & 1 == 1) }
        }
        append(0b0100, 4)
        append(bytes.count, lengthBits)
        for byte in bytes { append(Int(byte), 8) }
        append(0, min(4, 8 * dataCount - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var data = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        while data.count < dataCount { data.append(data.count % 2 == bits.count / 8 % 2 ? 0xEC : 0x11) }
        return data
    }

    /// The data in blocks, each with its error correction, in the order in which they are drawn: the first of each block, then the
    /// second. The last blocks may have one codeword of data more than the others.
    func interleaved(_ data: [UInt8]) -> [UInt8] {
        let shortLength = dataCount / blocks
        let shortBlocks = blocks - dataCount % blocks
        var parts: [ArraySlice<UInt8>] = []
        var rest = data[...]
        for block in 0..<blocks {
            let length = shortLength + (block < shortBlocks ? 0 : 1)
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        let code = ReedSolomon(degree: correctionPerBlock)
        let corrections = parts.map { code.remainder(of: $0) }
        var result: [UInt8] = []
        for place in 0...shortLength {
            for part in parts where place < part.count { result.append(part[part.startIndex + place]) }
        }
        for place in 0..<correctionPerBlock { result += corrections.map { $0[place] } }
        return result
    }
}

/// Error correction over the field of 256 elements with the polynomial x⁸ + x⁴ + x³ + x² + 1.
struct ReedSolomon: Hashable, Sendable {
    /// The coefficients of the generator from the highest power on, without the leading one.
    private let generator: [UInt8]

    init(degree: Int) {
        var generator = [UInt8](repeating: 0, count: degree)
        generator[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            // Multiplied by (x - root).
            for index in 0..<degree {
                generator[index] = Self.multiply(generator[index], root)
                if index + 1 < degree { generator[index] ^= generator[index + 1] }
            }
            root = Self.multiply(root, 2)
        }
        self.generator = generator
    }

    func remainder(of data: ArraySlice<UInt8>) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ result.removeFirst()
            result.append(0)
            for (index, coefficient) in generator.enumerated() { result[index] ^= Self.multiply(coefficient, factor) }
        }
        return result
    }

    static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product = 0
        for shift in (0..<8).reversed() {
            product = product << 1 ^ (product >> 7) * 0x11D
            product ^= (Int(right) >> shift & 1) * Int(left)
        }
        return UInt8(truncatingIfNeeded: product)
    }
}
