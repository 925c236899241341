import Clocks
import JSON
import Reactor
import Store

/// How an event came about.
extension RangeService {
    /// From a run's hit to the impact and the shot, and from these to their bytes: no further.
    private static let maximumDepth = 3
    private static let maximumCauses = 8

    package func explanation(of event: UInt64) async throws(RangeError) -> [UInt8] {
        if let found = try await explanation(of: event, depth: Self.maximumDepth) {
            var writer = JSONWriter()
            writer.value(.object(found))
            return writer.finish()
        }
        if let told = await fallbackExplanation?(event) { return told }
        throw .unknown(
            "nothing is known of event \(event): the latest is \(hub.latestID), and what is old is forgotten in time")
    }

    private func explanation(of event: UInt64, depth: Int) async throws(RangeError) -> JSONObject? {
        let body = try await readStore { () throws(StoreError) in try await store.explanation(of: event) }
        guard let body, var found = try? JSONValue(parsing: body).objectValue else { return nil }
        guard depth > 0, let causes = found["causes"]?.arrayValue else { return found }
        var explained: [JSONValue] = []
        for cause in causes.prefix(Self.maximumCauses) {
            guard let id = cause.integerValue,
                let reason = try await explanation(of: UInt64(clamping: id), depth: depth - 1)
            else { continue }
            explained.append(.object(reason))
        }
        found.set("causes", to: .array(explained))
        return found
    }
}
