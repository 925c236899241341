/// The modules of a code while it is drawn.
struct QRGrid: Hashable, Sendable {
    let version: QRVersion
    private(set) var modules: [Bool]
    /// Those of the patterns by which a reader finds its way, which carry no data and are not masked.
    private var isPattern: [Bool]

    var size: Int { version.size }

    /// With all patterns; the places of format and mask are reserved.
    init(_ version: QRVersion) {
        self.version = version
        modules = [Bool](repeating: false, count: version.size * version.size)
        isPattern = modules
        for index in 0..<size {
            setPattern(6, index, index % 2 == 0)
            setPattern(index, 6, index % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        let last = version.alignment.count - 1
        for (row, y) in version.alignment.enumerated() {
            for (column, x) in version.alignment.enumerated() {
                // Not where the finders are.
                let isCorner = row == 0 && (column == 0 || column == last) || row == last && column == 0
                if !isCorner { drawAlignment(x, y) }
            }
        }
        drawFormat(mask: 0)
        drawVersion()
    }

    private subscript(x: Int, y: Int) -> Bool {
        get { modules[y * size + x] }
        set { modules[y * size + x] = newValue }
    }

    private mutating func setPattern(_ x: Int, _ y: Int, _ isDark: Bool) {
        self[x, y] = isDark
        isPattern[y * size + x] = true
    }

    // MARK: Patterns

    private mutating func drawFinder(_ centreX: Int, _ centreY: Int) {
        for dy in -4...4 {
            for dx in -4...4 {
                let (x, y, distance) = (centreX + dx, centreY + dy, max(abs(dx), abs(dy)))
                guard (0..<size).contains(x), (0..<size).contains(y) else { continue }
                setPattern(x, y, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignment(_ centreX: Int, _ centreY: Int) {
        for dy in -2...2 {
            for dx in -2...2 { setPattern(centreX + dx, centreY + dy, max(abs(dx), abs(dy)) != 1) }
        }
    }

    /// Level M is 00; five bits with ten of error correction, twice.
    private mutating func drawFormat(mask: Int) {
        var remainder = mask
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        let bits = (mask << 10 | remainder) ^ 0x5412
        func isDark(_ bit: Int) -> Bool { bits >> bit & 1 == 1 }
        for bit in 0...5 { setPattern(8, bit, isDark(bit)) }
        setPattern(8, 7, isDark(6))
        setPattern(8, 8, isDark(7))
        setPattern(7, 8, isDark(8))
        for bit in 9..<15 { setPattern(14 - bit, 8, isDark(bit)) }
        for bit in 0..<8 { setPattern(size - 1 - bit, 8, isDark(bit)) }
        for bit in 8..<15 { setPattern(8, size - 15 + bit, isDark(bit)) }
        setPattern(8, size - 8, true)
    }

    /// From version 7 on: six bits with twelve of error correction, twice.
    private mutating func drawVersion() {
        guard version.number >= 7 else { return }
        var remainder = version.number
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        let bits = version.number << 12 | remainder
        for bit in 0..<18 {
            let (far, near, isDark) = (size - 11 + bit % 3, bit / 3, bits >> bit & 1 == 1)
            setPattern(far, near, isDark)
            setPattern(near, far, isDark)
        }
    }

    // MARK: Data

    /// In columns of two modules, up and down from the right, past the column of the timing pattern.
    mutating func draw(_ codewords: [UInt8]) {
        var bit = 0
        for pair in stride(from: size - 1, through: 1, by: -2) {
            let right = pair <= 6 ? pair - 1 : pair
            let isUpward = (right + 1) & 2 == 0
            for step in 0..<size {
                let y = isUpward ? size - 1 - step : step
                for x in [right, right - 1] where !isPattern[y * size + x] && bit < codewords.count * 8 {
                    self[x, y] = codewords[bit / 8] >> (7 - bit % 8) & 1 == 1
                    bit += 1
                }
            }
        }
    }

    /// Inverts the data where the mask says so, and draws which mask it is.
    mutating func apply(mask: Int) {
        for y in 0..<size {
            for x in 0..<size where !isPattern[y * size + x] && Self.inverts(mask, x, y) { self[x, y].toggle() }
        }
        drawFormat(mask: mask)
    }

    private static func inverts(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (x / 3 + y / 2) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }
}

/// How hard a code is to read.
extension QRGrid {
    var penalty: Int {
        let rows = (0..<size).map { y in (0..<size).map { self[$0, y] } }
        let columns = (0..<size).map { x in (0..<size).map { self[x, $0] } }
        let lines = (rows + columns).reduce(0) { $0 + Self.penalty(ofLine: $1) }
        var squares = 0
        for y in 1..<size {
            for x in 1..<size {
                let colour = self[x, y]
                if self[x - 1, y] == colour, self[x, y - 1] == colour, self[x - 1, y - 1] == colour { squares += 1 }
            }
        }
        // For each 5 % by which the dark modules differ from a half.
        let dark = modules.count { $0 }
        let imbalance = abs(dark * 20 - modules.count * 10) / modules.count
        return lines + 3 * squares + 10 * imbalance
    }

    private static func penalty(ofLine line: [Bool]) -> Int {
        var penalty = 0
        var run = 0
        for (place, module) in line.enumerated() {
            run = place > 0 && line[place - 1] == module ? run + 1 : 1
            if run == 5 { penalty += 3 } else if run > 5 { penalty += 1 }
        }
        guard line.count >= finderLike.count else { return penalty }
        let reversed = finderLike.reversed()
        for start in 0...(line.count - finderLike.count) {
            let part = line[start..<start + finderLike.count]
            if part.elementsEqual(finderLike) || part.elementsEqual(reversed) { penalty += 40 }
        }
        return penalty
    }

    /// What a reader may take for a finder.
    private static let finderLike = [true, false, true, true, true, false, true, false, false, false, false]
}
