extension MatLayout {
    /// Reads the cells of the frame that begins at `place`, and returns the greatest raw value among them.
    func cells(of bytes: [UInt8], at place: Int, into cells: inout [Double]) -> Int {
        let first = place + offset
        let scale = scale
        var greatest = 0
        switch cell {
        case .byte:
            for index in 0..<cellCount {
                let raw = Int(bytes[first + index])
                greatest = max(greatest, raw)
                cells[index] = scale.percent(Double(raw))
            }
        case .littleEndian, .bigEndian:
            let (low, high) = cell == .littleEndian ? (0, 1) : (1, 0)
            for index in 0..<cellCount {
                let place = first + 2 * index
                let raw = Int(bytes[place + low]) | Int(bytes[place + high]) << 8
                greatest = max(greatest, raw)
                cells[index] = scale.percent(Double(raw))
            }
        }
        return greatest
    }
}
