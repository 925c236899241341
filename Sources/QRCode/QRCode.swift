/// A QR code: bytes as a square of dark and light modules, which a phone's camera reads.
///
/// Byte mode, error correction level M (15 %), versions 1 to 10: up to 213 bytes, which is more than joining a network needs.
package struct QRCode: Hashable, Sendable {
    /// Modules on a side, without the light margin of four modules that a reader needs around them.
    package let size: Int
    /// The pattern that was laid over the data, 0 to 7.
    package let mask: Int
    private let modules: [Bool]

    /// The width of the light margin.
    package static let margin = 4

    /// Nil if there are too many bytes.
    /// - Parameter mask: nil for the one that is read most easily.
    package init?(_ bytes: [UInt8], mask: Int? = nil) {
        guard let version = QRVersion.smallest(for: bytes.count) else { return nil }
        var best: (grid: QRGrid, mask: Int, penalty: Int)?
        let codewords = version.interleaved(version.dataCodewords(bytes))
        for candidate in mask.map({ $0...$0 }) ?? 0...7 {
            var grid = QRGrid(version)
            grid.draw(codewords)
            grid.apply(mask: candidate)
            let penalty = grid.penalty
            if best.map({ penalty < $0.penalty }) ?? true { best = (grid, candidate, penalty) }
        }
        guard let best else { return nil }
        size = best.grid.size
        self.mask = best.mask
        modules = best.grid.modules
    }

    /// Whether the module is dark; outside of the code all are light.
    package subscript(x: Int, y: Int) -> Bool {
        (0..<size).contains(x) && (0..<size).contains(y) && modules[y * size + x]
    }

    /// Lines of text with the margin, two rows of modules each. Without colours the light modules are drawn, for a terminal with
    /// a dark background.
    package func text(inColour: Bool) -> String {
        let range = -Self.margin..<size + Self.margin
        var text = ""
        for y in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            if inColour { text += "\u{1B}[30;107m" }
            for x in range {
                // Below the last row nothing is drawn.
                let (upper, lower) = (self[x, y], self[x, y + 1] || !inColour && y + 1 >= range.upperBound)
                switch (upper == inColour, lower == inColour) {
                case (true, true): text += "\u{2588}"
                case (true, false): text += "\u{2580}"
                case (false, true): text += "\u{2584}"
                case (false, false): text += " "
                }
            }
            text += inColour ? "\u{1B}[0m\n" : "\n"
        }
        return text
    }
}
