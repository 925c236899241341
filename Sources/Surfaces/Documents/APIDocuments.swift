import Configuration
import JSON
import Reactor
import Web

/// The documents of the API: on each port with routes `/openapi.json` and the pages `/docs` and `/redoc`, and on the main
/// port `/asyncapi.json`. They are made when somebody requests them.
@ReactorActor
package final class APIDocuments {
    private struct Port {
        let listener: Configuration.Listener
        /// Nil if it is one WebSocket.
        let router: Router?
        let socket: () -> RouteDescription?
    }

    private let version: String
    private let pages: APIPages
    private var ports: [Port] = []

    /// - Parameter pages: the directory with the files of Swagger UI and ReDoc, if they are installed.
    package init(version: String, pages: String) {
        self.version = version
        self.pages = APIPages(directory: pages)
    }

    /// Adds the documents of a port with routes. Routes that are added later are included.
    package func addRoutes(to router: Router, of listener: Configuration.Listener) {
        ports.append(Port(listener: listener, router: router) { nil })
        router.get("/openapi.json", DocumentDocumentation.openAPI) { [unowned router, version] _ in
            let document = OpenAPIDocument.json(
                of: router, title: "LeadVille Gateway: \(listener.purpose)", version: version,
                text: Self.text(listener))
            return .response(.json(document))
        }
        pages.addRoutes(to: router)
    }

    /// Adds the document of all messages to the main port.
    package func addMessages(to router: Router, _ configuration: Configuration) {
        router.get("/asyncapi.json", DocumentDocumentation.asyncAPI) { [self] _ in
            .response(.json(messages(configuration)))
        }
    }

    /// A port on which one WebSocket answers.
    package func addSocket(_ listener: SurfaceListener) {
        ports.append(Port(listener: listener.configuration, router: nil, socket: listener.describe))
    }

    private func messages(_ configuration: Configuration) -> [UInt8] {
        var document = AsyncAPIDocument()
        for port in ports where port.listener.isEnabled {
            let server = AsyncAPIDocument.Server(
                port.listener.name, host: port.listener.localAddress, scheme: "ws", port.listener.summary)
            document.add(server)
            for route in port.router?.routes ?? [] {
                guard let description = route.description, let socket = description.socket else { continue }
                document.addChannel(route.path, of: server, description.summary, socket)
            }
            if let description = port.socket(), let socket = description.socket {
                document.addChannel("/", of: server, description.summary, socket)
            }
        }
        addBoards(configuration.heart.udpListener, to: &document)
        addBroker(configuration.mqtt, to: &document)
        return document.json(
            title: "LeadVille Gateway", version: version,
            text:
                "What the gateway sends and receives over WebSockets, datagrams and MQTT. /openapi.json describes HTTP."
        )
    }

    private func addBoards(_ listener: Configuration.Listener, to document: inout AsyncAPIDocument) {
        guard listener.isEnabled else { return }
        let server = AsyncAPIDocument.Server(
            listener.name, host: listener.localAddress, scheme: "udp", listener.summary)
        document.add(server)
        document.addChannel(nil, of: server, "Receives the readings of heart boards", HeartDocumentation.boards)
    }

    private func addBroker(_ mqtt: Configuration.MQTT, to document: inout AsyncAPIDocument) {
        let host = mqtt.host.isEmpty ? "localhost" : mqtt.host
        let server = AsyncAPIDocument.Server(
            "mqtt", host: "\(host):\(mqtt.port)", scheme: mqtt.usesTLS ? "mqtts" : "mqtt",
            mqtt.host.isEmpty ? "The broker of mqtt.host; none is configured" : "The broker of mqtt.host")
        document.add(server)
        for (topic, title, socket) in MQTTDocumentation.topics {
            document.addChannel(topic, of: server, title, socket)
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

/// What the routes of `APIDocuments` and `APIPages` do.
enum DocumentDocumentation {
    static var openAPI: RouteDescription {
        .api("Documents", "Returns this description of the port's routes")
            .responds(.object(["openapi": .string, "info": .map(to: .any), "paths": .map(to: .any)]))
    }

    static var asyncAPI: RouteDescription {
        .api("Documents", "Returns a description of all messages: WebSockets, datagrams, MQTT")
            .responds(.object(["asyncapi": .string, "info": .map(to: .any), "channels": .map(to: .any)]))
    }

    static var docs: RouteDescription {
        .api("Documents", "Serves a page on which the routes can be tried").responds(as: .html).responds(.notModified)
    }

    static var redoc: RouteDescription {
        .api("Documents", "Serves a page with the routes for reading").responds(as: .html).responds(.notModified)
    }

    static var file: RouteDescription {
        RouteDescription("Serves a file of these pages", in: "Documents")
            .parameter("file", "The name of the file").responds(as: .javaScript).responds(as: .css)
            .responds(.notModified).fails(.notFound)
    }
}
