import Clocks
import Events
import Reactor
import Store
import Web

/// The events of the last minutes as lines of JSON, for `diagnose` and for scripts: `GET /api/events`.
@ReactorActor
package final class EventCapture: Surface {
    private static let longestMinutes = 60
    /// The audit trail needs a role of its own.
    private static let excluded: Set = [EventKind.audit.name]

    /// Nil if events are not stored.
    private let store: DataStore?
    private let limiter = ExportLimiter(maximum: 4)

    package init(_ store: DataStore?) {
        self.store = store
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/events", LiveDocumentation.capture) { [weak self] request in
            let minutes = request.head.query["minutes"].map { Int64($0) ?? 0 } ?? 5
            guard (1...Int64(Self.longestMinutes)).contains(minutes) else {
                return .response(
                    APIError.invalid("minutes must be a whole number from 1 to \(Self.longestMinutes)").response)
            }
            let host = request.peer.host
            return .asyncResponse {
                do throws(APIError) {
                    guard let self else { throw APIError(reason: .unavailable, message: "the gateway is stopping") }
                    return try await self.response(since: SystemClock.wall() - .seconds(minutes * 60), to: host)
                } catch {
                    return error.response
                }
            }
        }
    }

    private func response(since time: WallTime, to host: String) async throws(APIError) -> HTTPResponse {
        guard let store else {
            throw APIError(reason: .unavailable, message: "events are not stored (store.enabled is false)")
        }
        if let problem = limiter.begin(to: host) { throw APIError(reason: .unavailable, message: problem) }
        var cursor: Int64
        do {
            cursor = try await store.beginningOfCapture(since: time)
        } catch {
            limiter.end(to: host)
            throw APIError(reason: .unavailable, message: "the events cannot be read: \(error)")
        }
        var isComplete = false
        let stream = HTTPBodyStream {
            guard !isComplete else { return .end }
            guard let page = try? await store.capture(after: cursor, without: Self.excluded) else { return .failed }
            (cursor, isComplete) = (page.readThrough, page.isLast)
            return .bytes(page.lines)
        } onFinish: { [limiter] in
            limiter.end(to: host)
        }
        return .stream(stream, .jsonLines)
    }
}
