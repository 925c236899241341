import Testing

@testable import Drivers
@testable import Surfaces

@Suite("Sensor settings requests") struct SensorSettingsRequestTests {
    @Test("parses a rate, a mode or both")
    func settings() throws {
        let both = try SensorSettingsRequest(Array(#"{"rate_hz": 100, "mode": "momentary"}"#.utf8))
        #expect(both.samplesPerSecond == 100 && both.isMomentary == true)
        let rate = try SensorSettingsRequest(Array(#"{"rate_hz": 0.5}"#.utf8))
        #expect(rate.samplesPerSecond == 0.5 && rate.isMomentary == nil)
        #expect(try SensorSettingsRequest(Array(#"{"mode": "amplitudes"}"#.utf8)).isMomentary == false)
    }

    @Test(
        "rejects anything else with a message",
        arguments: [
            "", "[]", "{}", "7", #"{"rate": 100}"#, #"{"rate_hz": "100"}"#, #"{"mode": "fast"}"#, #"{"mode": 1}"#,
            #"{"rate_hz": 100, "more": 1}"#,
        ])
    func rejects(body: String) {
        #expect(throws: SensorSettingsError.self) { _ = try SensorSettingsRequest(Array(body.utf8)) }
    }
}
