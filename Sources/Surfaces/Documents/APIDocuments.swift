import Configuration
import JSON
import Reactor
import Web

/// The documents of the API: `/openapi.json` on each port with routes.
@ReactorActor
package struct APIDocuments {
    private let version: String

    package init(version: String) {
        self.version = version
    }

    /// Adds the documents of a port. What the port serves later is included as well.
    package func addRoutes(to router: Router, of listener: Configuration.Listener) {
        router.get("/openapi.json", DocumentDocumentation.openAPI) { [unowned router, version] _ in
            let document = OpenAPIDocument.json(
                of: router, title: "LeadVille Gateway: \(listener.purpose)", version: version,
                text: Self.text(listener))
            return .response(.json(document))
        }
    }

    private static func text(_ listener: Configuration.Listener) -> String {
        """
        The routes of one port: \(listener.summary). Each HTTP port of the gateway has a document of its own.

        The web server itself rejects requests that are not valid HTTP, too large or too slow, and those above its \
        limits: 400, 408, 413, 414, 431, 503 or 505, with the reason as text. Routes that change something need the \
        access token if there is one (`http.token`), and reject pages of other origins.
        """
    }
}

/// What the routes of `APIDocuments` do.
enum DocumentDocumentation {
    static var openAPI: RouteDescription {
        .api("Documents", "Returns this description of the port's routes")
            .responds(.object(["openapi": .string, "info": .map(to: .any), "paths": .map(to: .any)]))
    }
}
