/// A log entry of the Arduino core: `[  1234][I][WiFiGeneric.cpp:929] text`, with the milliseconds since boot and a
/// level. The board prints them when it was built with `CORE_DEBUG_LEVEL` above zero.
enum ArduinoLogEntry {
    private static let levels = Array("VDIWE".utf8)

    /// Where in the line an entry begins.
    static func start(in line: [UInt8]) -> Int? {
        line.indices.first { line[$0] == UInt8(ascii: "[") && isEntry(line, at: $0) }
    }

    private static func isEntry(_ line: [UInt8], at start: Int) -> Bool {
        var index = start + 1
        while index < line.count, line[index] == UInt8(ascii: " ") { index += 1 }
        let firstDigit = index
        while index < line.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[index]) { index += 1 }
        guard index > firstDigit, index + 4 < line.count else { return false }
        return line[index] == UInt8(ascii: "]") && line[index + 1] == UInt8(ascii: "[")
            && levels.contains(line[index + 2]) && line[index + 3] == UInt8(ascii: "]")
            && line[index + 4] == UInt8(ascii: "[")
    }
}
