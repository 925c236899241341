/// Cuts input into pieces as a network might: lengths from 1 to 64, always the same for the same input.
struct Chunks: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var state: UInt32

    init(_ input: ArraySlice<UInt8>) {
        rest = input
        state = input.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        state = state &* 1_664_525 &+ 1_013_904_223
        let length = Int(state >> 26) + 1
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}
