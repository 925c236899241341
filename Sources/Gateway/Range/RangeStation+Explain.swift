import Clocks
import JSON
import Reactor
import Store
import Surfaces

/// How an event came about.
extension RangeStation {
    /// From a run's hit to the impact and the shot, and from these to their bytes: no further.
    private static let deepest = 3
    private static let mostCauses = 8

    func explanation(of event: UInt64) async throws(RangeRefusal) -> [UInt8] {
        if let found = try await explanation(of: event, depth: Self.deepest) {
            var writer = JSONWriter()
            writer.value(.object(found))
            return writer.take()
        }
        if let told = await recall?(event) { return told }
        throw .unknown(
            "nothing is known of event \(event): the latest is \(hub.latestID), and what is old is forgotten in time")
    }

    private func explanation(of event: UInt64, depth: Int) async throws(RangeRefusal) -> JSONObject? {
        let body = try await asking { () throws(StoreFailure) in try await store.explanation(of: event) }
        guard let body, var found = try? JSONValue(parsing: body).objectValue else { return nil }
        guard depth > 0, let causes = found["causes"]?.arrayValue else { return found }
        var explained: [JSONValue] = []
        for cause in causes.prefix(Self.mostCauses) {
            guard let id = cause.integerValue,
                let reason = try await explanation(of: UInt64(clamping: id), depth: depth - 1)
            else { continue }
            explained.append(.object(reason))
        }
        found.set("causes", to: .array(explained))
        return found
    }
}
