import Testing

@testable import Web

@Suite("Lists in headers") struct HTTPListTests {
    static let patterns = ["a,", ",", " ,", #""a,b","#, #"""#, #"\"#, " "]

    @Test("are split in time linear in the input", arguments: patterns)
    func linear(pattern: String) {
        func reads(_ count: Int) -> Int {
            let bytes = CountedBytes(Array(String(repeating: pattern, count: count).utf8))
            _ = HTTPListSplitter.split(bytes, at: UInt8(ascii: ","))
            return bytes.reads.count
        }
        let (few, many) = (reads(1_000), reads(10_000))
        #expect(few <= 4 * pattern.utf8.count * 1_000 + 4)
        #expect(many <= 4 * pattern.utf8.count * 10_000 + 4)
    }
}

/// Bytes that count how often one of them is read.
private struct CountedBytes: RandomAccessCollection {
    final class Reads {
        var count = 0
    }

    private let bytes: ArraySlice<UInt8>
    let reads: Reads

    init(_ bytes: [UInt8]) {
        (self.bytes, reads) = (bytes[...], Reads())
    }

    private init(_ bytes: ArraySlice<UInt8>, _ reads: Reads) {
        (self.bytes, self.reads) = (bytes, reads)
    }

    var startIndex: Int { bytes.startIndex }
    var endIndex: Int { bytes.endIndex }

    subscript(index: Int) -> UInt8 {
        reads.count += 1
        return bytes[index]
    }

    subscript(range: Range<Int>) -> Self { Self(bytes[range], reads) }
}
