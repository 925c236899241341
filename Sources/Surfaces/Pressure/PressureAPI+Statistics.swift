import JSON
import Reactor
import Signals
import Web

/// Frames over HTTP, for clients without a socket.
extension PressureAPI {
    /// Reading a longer body would delay the events of others.
    private static let maximumFrameBytes = 256 << 10
    private static let longestSessionID = 128

    func addStatistics(to routes: Router) {
        routes.add(.post, "/stats", PressureDocumentation.statistics, access: .delivers) { [posted] request in
            do throws(WorkoutError) {
                let (frame, id) = try Self.frame(request)
                do throws(PressureFrameReject) {
                    return .response(Self.response(try posted.receive(frame, for: id)))
                } catch {
                    throw WorkoutError.frame(error)
                }
            } catch {
                return .response(error.response)
            }
        }
    }

    private static func frame(_ request: HTTPRequest) throws(WorkoutError) -> (frame: ClientFrame, session: String) {
        guard let body = request.jsonBody, !body.isEmpty else { throw .document(.missing) }
        guard body.count <= maximumFrameBytes else { throw .document(.tooLarge(maximum: maximumFrameBytes)) }
        let limits = JSONLimits(
            depth: 16, bytes: maximumFrameBytes, stringBytes: maximumFrameBytes, members: maximumFrameBytes,
            numberBytes: 128)
        let members: JSONMembers
        do throws(JSONError) {
            members = try JSONMembers(parsing: body, limits: limits)
        } catch {
            throw .document(error.reason == .notAnObject ? .notAnObject : .invalid(error.description))
        }
        guard let token = members["session_id"], let id = members.string(token), !id.isEmpty,
            id.utf8.count <= longestSessionID
        else { throw .parameter("Missing required field: session_id, the \"_id\" of a workout or another text.") }
        let frame = ClientFrame(
            matrix: members["matrix"].map { members.raw($0) },
            timestamp: members["timestamp"].map { Array(members.raw($0)) },
            nodes: members["nodes"].flatMap { $0.kind == .null ? nil : Array(members.raw($0)) })
        return (frame, id)
    }

    private static func response(_ frame: FrameSeries.Processed) -> HTTPResponse {
        .object { writer in
            writer.member("status", "success")
            writer.key("data")
            writer.beginObject()
            writer.key("matrix")
            PressureJSON.write(frame.matrix, to: &writer)
            writer.key("stats")
            PressureJSON.write(frame.smoothed, to: &writer)
            writer.key("raw_stats")
            PressureJSON.write(frame.raw, to: &writer)
            writer.array("events", frame.events) {
                PressureJSON.write($0, timestamp: nil, source: "http_stats", to: &$1)
            }
            writer.member("frame_count", frame.count)
            writer.endObject()
        }
    }
}
