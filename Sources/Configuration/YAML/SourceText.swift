/// The bytes of a file, asked for places.
struct SourceText {
    let bytes: [UInt8]

    /// Where the byte behind the first `offset` bytes stands.
    func position(ofByte offset: Int) -> YAMLPosition {
        var position = YAMLPosition.start
        for byte in bytes.prefix(max(offset, 0)) {
            if byte == UInt8(ascii: "\n") {
                position = YAMLPosition(line: position.line + 1, column: 1)
            } else if !Self.continuesCharacter(byte) {
                position.column += 1
            }
        }
        return position
    }

    /// The first byte of the character at a place; nil where there is none.
    func character(at position: YAMLPosition) -> UInt8? {
        var reached = YAMLPosition.start
        for byte in bytes {
            guard !Self.continuesCharacter(byte) else { continue }
            if reached == position { return byte }
            if byte == UInt8(ascii: "\n") {
                reached = YAMLPosition(line: reached.line + 1, column: 1)
            } else {
                reached.column += 1
            }
            if reached > position { return nil }
        }
        return nil
    }

    /// UTF-8 marks every byte of a character but its first.
    private static func continuesCharacter(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x80
    }
}
