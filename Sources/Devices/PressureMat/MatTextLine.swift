import Clocks

/// The kind of a line of a mat's text.
enum MatTextLine: Hashable {
    /// `R3:` and the cells of the row.
    case row(Int)
    /// `CFG,rows,columns`: the size of the mat.
    case size(rows: Int, columns: Int)
    /// `F,`, the mat's time in microseconds, and all cells.
    case frame(time: Nanoseconds)
    /// The cells of one row.
    case cells
    /// `flag`: ends a frame.
    case flag
    /// Begins like one of these and continues otherwise.
    case damaged
    /// Any other output of the firmware.
    case other

    /// Where the last line with a row or a frame begins inside another, which then lost its end. These letters do not
    /// occur in numbers.
    static func beginning(inside line: ArraySlice<UInt8>) -> Int? {
        line.indices.dropFirst().dropLast().last { index in
            switch line[index] {
            case UInt8(ascii: "F"): line[index + 1] == UInt8(ascii: ",")
            case UInt8(ascii: "R"): (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[index + 1])
            default: false
            }
        }
    }

    /// Parses a line without its end, and appends the raw values of its cells.
    init(_ line: ArraySlice<UInt8>, into cells: inout [Double]) {
        var text = MatNumberScanner(line)
        switch text.first {
        case UInt8(ascii: "R"):
            guard text.skip("R"), let row = text.natural(), text.skip(":") else {
                self = .other
                return
            }
            self = text.values(into: &cells) ? .row(row) : .damaged
        case UInt8(ascii: "C"):
            guard text.skip("CFG,") else {
                self = .other
                return
            }
            guard let rows = text.natural(), text.skip(","), let columns = text.natural(), text.isAtEnd else {
                self = .damaged
                return
            }
            self = .size(rows: rows, columns: columns)
        case UInt8(ascii: "F"):
            guard text.skip("F,") else {
                self = .other
                return
            }
            guard let time = text.natural(), text.skip(","), text.values(into: &cells) else {
                self = .damaged
                return
            }
            self = .frame(time: .microseconds(Int64(time)))
        case UInt8(ascii: "f"):
            self = text.skip("flag") && text.isAtEnd ? .flag : .other
        default:
            // A single number may be anything; a row has at least two.
            let before = cells.count
            self = text.values(into: &cells) && cells.count >= before + 2 ? .cells : .other
        }
    }
}

/// Scans numbers and separators in a line.
private struct MatNumberScanner {
    private var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) {
        rest = line
    }

    var first: UInt8? { rest.first }

    var isAtEnd: Bool { rest.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") } }

    mutating func skip(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard rest.count >= length, word.withUTF8Buffer({ rest.prefix(length).elementsEqual($0) }) else { return false }
        rest = rest.dropFirst(length)
        return true
    }

    /// Up to fifteen digits.
    mutating func natural() -> Int? {
        var value = 0
        var count = 0
        while let digit = rest.first.map({ $0 &- UInt8(ascii: "0") }), digit < 10, count < 15 {
            value = value * 10 + Int(digit)
            count += 1
            rest = rest.dropFirst()
        }
        return count > 0 ? value : nil
    }

    /// Comma-separated numbers up to the end of the line; many firmwares append a trailing comma.
    mutating func values(into cells: inout [Double]) -> Bool {
        while true {
            while rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
            guard let value = decimal() else { return false }
            cells.append(value)
            if isAtEnd { return true }
            guard skip(",") else { return false }
            if isAtEnd { return true }
        }
    }

    private mutating func decimal() -> Double? {
        let isNegative = skip("-")
        guard let whole = natural() else { return nil }
        var value = Double(whole)
        if skip(".") {
            let before = rest.count
            guard let fraction = natural() else { return nil }
            var scale = 1.0
            for _ in 0..<before - rest.count { scale *= 10 }
            value += Double(fraction) / scale
        }
        return isNegative ? -value : value
    }
}
