/// The cells of a frame as bytes, without loss: in the smallest of several forms that represents all of them exactly.
package enum CellEncoding: Equatable, Sendable {
    /// One byte per cell: the pressure plus one, so that a cell without a sensor is 0.
    case bytes
    /// A number of 16 or 32 bits per cell, divided by ten to the power of `decimals`.
    case integers16(decimals: Int)
    case integers32(decimals: Int)
    /// An IEEE 754 double per cell.
    case doubles

    static let maximumDecimals = 4
    private static let scales = [1.0, 10, 100, 1_000, 10_000]

    /// The smallest form for these cells.
    package init(for cells: [Double]) {
        if cells.allSatisfy({ Self.integer($0, scale: 1, in: -1...254) != nil }) {
            self = .bytes
            return
        }
        for decimals in 0...Self.maximumDecimals {
            let scale = Self.scales[decimals]
            let small = cells.allSatisfy { Self.integer($0, scale: scale, in: Int(Int16.min)...Int(Int16.max)) != nil }
            if small {
                self = .integers16(decimals: decimals)
                return
            }
            let medium = cells.allSatisfy { Self.integer($0, scale: scale, in: Int(Int32.min)...Int(Int32.max)) != nil }
            if medium {
                self = .integers32(decimals: decimals)
                return
            }
        }
        self = .doubles
    }

    /// The form and its decimals, each as one byte.
    package init?(code: UInt8, decimals: UInt8) {
        guard decimals <= UInt8(Self.maximumDecimals) else { return nil }
        switch (code, decimals) {
        case (1, 0): self = .bytes
        case (2, _): self = .integers16(decimals: Int(decimals))
        case (4, _): self = .integers32(decimals: Int(decimals))
        case (8, 0): self = .doubles
        default: return nil
        }
    }

    /// The number of bytes per cell.
    package var code: UInt8 {
        switch self {
        case .bytes: 1
        case .integers16: 2
        case .integers32: 4
        case .doubles: 8
        }
    }

    package var decimals: UInt8 {
        switch self {
        case .bytes, .doubles: 0
        case .integers16(let decimals), .integers32(let decimals): UInt8(decimals)
        }
    }

    package func append(_ cells: [Double], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + cells.count * Int(code))
        switch self {
        case .bytes: for cell in cells { bytes.append(UInt8(cell + 1)) }
        case .integers16(let decimals):
            for cell in cells { bytes.append(littleEndian: Int16((cell * Self.scales[decimals]).rounded())) }
        case .integers32(let decimals):
            for cell in cells { bytes.append(littleEndian: Int32((cell * Self.scales[decimals]).rounded())) }
        case .doubles: for cell in cells { bytes.append(littleEndian: cell.bitPattern) }
        }
    }

    /// Nil if there are not enough bytes.
    package func read(_ count: Int, from reader: inout LittleEndianReader) -> [Double]? {
        guard let bytes = reader.bytes(count * Int(code)) else { return nil }
        var cells = LittleEndianReader(bytes)
        return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                let cell: Double =
                    switch self {
                    case .bytes: Double(cells.next(UInt8.self) ?? 0) - 1
                    case .integers16(let decimals): Double(cells.next(Int16.self) ?? 0) / Self.scales[decimals]
                    case .integers32(let decimals): Double(cells.next(Int32.self) ?? 0) / Self.scales[decimals]
                    case .doubles: Double(bitPattern: cells.next(UInt64.self) ?? 0)
                    }
                buffer.initializeElement(at: index, to: cell)
            }
            initialized = count
        }
    }

    /// The cell in units of `1 / scale`; nil unless that represents it exactly and is in the range.
    private static func integer(_ cell: Double, scale: Double, in range: ClosedRange<Int>) -> Int? {
        let scaled = (cell * scale).rounded()
        guard scaled >= Double(range.lowerBound), scaled <= Double(range.upperBound) else { return nil }
        let integer = Int(scaled)
        // A negative zero is no integer.
        return (Double(integer) / scale).bitPattern == cell.bitPattern ? integer : nil
    }
}

extension [UInt8] {
    package mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Seven bits per byte, the lowest first; all but the last byte have the highest bit.
    mutating func append(variableLength value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

/// Reads numbers from bytes. Nothing is read beyond the end.
package struct LittleEndianReader: Sendable {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    package var isAtEnd: Bool { rest.isEmpty }

    package mutating func next<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    package mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func variableLength() -> Int? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 56, by: 7) {
            guard let byte = next(UInt8.self) else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int(value) }
        }
        return nil
    }
}
