import Devices
import Events
import Testing

@testable import Drivers

@Suite("Keys of users") struct HeartUserKeyTests {
    private let keys = HeartUserKeys(["1": "0123456789abcdef", "Ann B": "another-key-of-16"])

    private func reading(_ json: String) throws -> HeartReading { try HeartReading(datagram: Array(json.utf8)) }

    @Test(
        "a user with a key is admitted with it only",
        arguments: [
            (#"{"user":1,"bpm":70,"key":"0123456789abcdef"}"#, nil), (#"{"user":1,"bpm":70}"#, .missing),
            (#"{"user":1,"bpm":70,"key":"0123456789abcdeF"}"#, .wrong), (#"{"user":1,"bpm":70,"key":""}"#, .wrong),
            (#"{"user":1,"bpm":70,"key":"0123456789abcdef0"}"#, .wrong),
            (#"{"user":1,"bpm":70,"key":"0123456789abcde"}"#, .wrong),
            (#"{"user":1,"bpm":70,"key":"0123456789abcdef0123456789abcdef"}"#, .wrong),
            (#"{"user":1,"bpm":70,"key":1}"#, .missing), (#"{"user":1.0,"bpm":70}"#, .missing),
            (#"{"user":true,"bpm":70}"#, .missing), (#"{"user":"1","bpm":70}"#, .missing),
            (#"{"user":"Ann B","bpm":70,"key":"another-key-of-16"}"#, nil),
            (#"{"user":"Ann B","bpm":70,"key":"0123456789abcdef"}"#, .wrong),
            (#"{"user":2,"bpm":70}"#, nil), (#"{"user":2,"bpm":70,"key":"x"}"#, nil), (#"{"user":null,"bpm":70}"#, nil),
        ] as [(String, HeartUserKeys.Reject?)])
    func admission(json: String, expected: HeartUserKeys.Reject?) throws {
        #expect(keys.reject(try reading(json)) == expected)
    }

    @Test("the key is not passed on, and nothing else is left out")
    func removal() throws {
        let key = "\"key\":\"0123456789abcdef\""
        let known = keys.withoutKey(try reading("{\(key),\"user\":1,\"bpm\":70,\"extra\":2}"))
        #expect(known.key == nil)
        #expect(known.members.members.count == 3)
        #expect(known.members["extra"] != nil)
        #expect(keys.withoutKey(try reading("{\"user\":2,\"bpm\":70,\(key)}")).key != nil)
    }
}
