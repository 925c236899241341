import Devices
import Testing

@Suite("Decoder tally") struct DecoderCountersTests {
    @Test("each reason is counted by itself, and every byte is on one side", arguments: DecoderReject.Reason.allCases)
    func reasons(reason: DecoderReject.Reason) {
        var tally = DecoderCounters()
        tally.accept(byteCount: 14)
        tally.accept(byteCount: 12)
        tally.reject(DecoderReject(reason, "a test", byteCount: 5))
        tally.reject(DecoderReject(reason, "a test", byteCount: 2))
        #expect(tally.frames == 2)
        #expect(tally.acceptedBytes == 26)
        #expect(tally.rejectedBytes == 7)
        #expect(tally.rejectCount == 2)
        for other in DecoderReject.Reason.allCases { #expect(tally[other] == (other == reason ? 2 : 0)) }
    }

    @Test("a reject says what, why and how much")
    func description() {
        let reject = DecoderReject(.truncated, "cut off at 20 bytes", byteCount: 20)
        #expect("\(reject)" == "truncated: cut off at 20 bytes (20 bytes)")
    }
}
