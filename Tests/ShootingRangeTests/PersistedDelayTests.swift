import Events
import JSON
import Signals
import Testing

@testable import Drivers
@testable import ShootingRange

@Suite("Stored delay models") struct PersistedDelayTests {
    private static let model = DelayModel(
        count: 12, mean: 0.1 / 3, meanVariance: 1e-5 / 7, variance: 1e-4 / 3, misfits: 2, bias: -1.1,
        covariances: [DeviceID("B"): 1e-6 / 3, DeviceID("C\""): -2e-7 / 3])

    @Test("a learnt delay is restored with its covariances")
    func roundTrip() {
        var memory = PersistedSensorState()
        memory.delay = Self.model
        memory.thresholds = .standard
        #expect(PersistedSensorState(memory.json) == memory)
        #expect(PersistedSensorState(PersistedSensorState().json) == PersistedSensorState())
    }

    private func delay(_ shared: String) -> DelayModel? {
        let json = """
            {"delay": {"count": 12, "mean": 0.05, "mean_variance": 1e-05, "variance": 0.0001, "misfits": 0\(shared)}}
            """
        return PersistedSensorState(Array(json.utf8)).delay
    }

    @Test("files without covariances are still valid")
    func older() {
        #expect(delay("") == DelayModel(count: 12, mean: 0.05, meanVariance: 1e-5, variance: 1e-4))
    }

    @Test("invalid and implausible members are ignored")
    func damaged() {
        #expect(delay(#", "shared": {"B": 1e-06, "C": "x"}"#)?.covariances == [DeviceID("B"): 1e-6])
        #expect(delay(#", "shared": 7"#)?.covariances == [:])
        #expect(delay(#", "shared": {"B": 40}"#) == nil)
        #expect(delay(#", "lean": 1e9"#) == nil)
        let many = (0..<200).map { #""\#($0)": 1e-06"# }.joined(separator: ",")
        #expect(delay(#", "shared": {\#(many)}"#)?.covariances.count == 64)
    }

    @Test("the API reports the precision of a delay and whether it is sufficient")
    func interface() throws {
        func json(_ model: DelayModel) throws -> JSONValue {
            var writer = JSONWriter()
            SensorJSON.write(DelayEstimate(model), to: &writer)
            return try JSONValue(parsing: writer.finish())
        }
        let vague = try json(DelayModel(count: 10, mean: 0.05, meanVariance: 9e-6, variance: 1e-4))
        #expect(vague["error"]?.doubleValue == 0.006 && vague["within_5_ms"]?.booleanValue == false)
        let exact = try json(DelayModel(count: 20, mean: 0.05, meanVariance: 4e-6, variance: 1e-4))
        #expect(exact["error"]?.doubleValue == 0.004 && exact["within_5_ms"]?.booleanValue == true)
        #expect(exact["pairs"]?.integerValue == 20 && exact["mean"]?.doubleValue == 0.05)
        let lucky = try json(DelayModel(count: 1, mean: 0.05, meanVariance: 4e-6, variance: 1e-4))
        #expect(lucky["within_5_ms"]?.booleanValue == false)
    }
}
