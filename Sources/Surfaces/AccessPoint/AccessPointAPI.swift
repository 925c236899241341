import JSON
import QRCode
import Reactor
import Web

/// How to join the gateway's own network: `/api/access-point`.
@ReactorActor
package struct AccessPointAPI: Surface {
    private let file: AccessPointFile

    package init(_ file: AccessPointFile) {
        self.file = file
    }

    package func addRoutes(to routes: Router) {
        // Who may change something may also let others join.
        routes.get("/api/access-point", Self.documentation, access: .invites) { [file] _ in
            .response(Self.response(file))
        }
    }

    private static func response(_ file: AccessPointFile) -> HTTPResponse {
        // Read for each request: it is small, seldom requested, and may be new.
        guard let content = try? file.read(), content.isOn, let code = content.point.code else {
            return .object { $0.member("on", false) }
        }
        var response = HTTPResponse.object { writer in
            writer.member("on", true)
            writer.member("name", content.point.name)
            writer.member("password", content.point.password)
            writer.member("text", content.point.joinText)
            writer.array("code", 0..<code.size) { y, writer in
                writer.string(String((0..<code.size).map { code[$0, y] ? "1" : "0" }))
            }
        }
        response.headers.set("Cache-Control", "no-store")
        return response
    }

    private static var documentation: RouteDescription {
        .api("Gateway", "Returns how to join the gateway's own Wi-Fi network")
            .text(
                "The network that `leadville-gateway access-point` has made. With tokens it needs the role `operate`."
            )
            .responds(
                .object([
                    "on": .boolean, "name": .string.optional, "password": .string.optional,
                    "text": .string.optional.meaning("The text in the QR code"),
                    "code": .array(of: .string).optional.meaning(
                        "The modules of a QR code, row by row; a reader needs a light margin of four around them"),
                ]))
    }
}
