import Drivers
import JSON
import Reactor
import Web

/// What can be asked of pressure mats: `/api/mats/tare`.
@ReactorActor
package struct MatAPI {
    private unowned let provider: MatRegistry

    package init(_ keeper: MatRegistry) {
        self.provider = keeper
    }

    package func add(to routes: Router) {
        routes.addAuthorised(.post, "/api/mats/tare") { [provider] request in
            .response(Self.response(request.body) { provider.tare($0) })
        }
    }

    /// `{"mat":"60:09:C3:00:00:01"}`, with `*` for anything.
    static func response(_ body: [UInt8], _ tare: (String) -> Int) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        let members = try? JSONMembers(parsing: body)
        guard let members, let mat = members["mat"]?.string(in: members.bytes), 1...512 ~= mat.utf8.count else {
            writer.member("error", "send {\"mat\": the id of a mat, with * for anything}")
            writer.endObject()
            return .json(writer.finish(), status: .badRequest)
        }
        let count = tare(mat)
        if count == 0 { writer.member("error", "no such mat is heard") }
        writer.member("tared", count)
        writer.endObject()
        return .json(writer.finish(), status: count == 0 ? .notFound : .ok)
    }
}
