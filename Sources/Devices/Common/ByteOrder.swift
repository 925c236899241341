/// Numbers in a frame, by their distance from its first byte. The frame's length has been checked before.
extension ArraySlice<UInt8> {
    package func byte(at offset: Int) -> UInt8 {
        self[startIndex + offset]
    }

    package func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(byte(at: offset)) << 8 | UInt16(byte(at: offset + 1))
    }

    package func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(bigEndian16(at: offset)) << 16 | UInt32(bigEndian16(at: offset + 2))
    }

    package func littleEndian16(at offset: Int) -> UInt16 {
        UInt16(byte(at: offset)) | UInt16(byte(at: offset + 1)) << 8
    }

    package func signedLittleEndian16(at offset: Int) -> Int16 {
        Int16(bitPattern: littleEndian16(at: offset))
    }
}
