import Glibc
import JSON
import Reactor
import Web

/// The pages `/docs` and `/redoc`: the gateway's own, or Swagger UI and ReDoc where the package with their files is
/// installed. Nothing is kept in memory between requests.
@ReactorActor
struct APIPages {
    /// The files of Swagger UI and ReDoc that their pages use.
    private static let files = ["swagger-ui.css", "swagger-ui-bundle.js", "redoc.standalone.js"]
    private static let pieceBytes = 64 << 10

    let directory: String

    func addRoutes(to router: Router) {
        router.get("/docs", DocumentDocumentation.docs) { request in
            .response(page(request.head, Self.swagger, needs: ["swagger-ui.css", "swagger-ui-bundle.js"]))
        }
        router.get("/redoc", DocumentDocumentation.redoc) { request in
            .response(page(request.head, Self.redoc, needs: ["redoc.standalone.js"]))
        }
        router.get("/docs/{file}", DocumentDocumentation.file) { request in
            .response(file(request.parameters["file"], request.head))
        }
    }

    private func page(_ head: HTTPRequestHead, _ installed: String, needs files: [String]) -> HTTPResponse {
        let isInstalled = files.allSatisfy { access("\(directory)/\($0)", R_OK) == 0 }
        return StaticAsset(isInstalled ? Array(installed.utf8) : PackageResources.docs_html, .html).response(to: head)
    }

    private func file(_ name: String, _ head: HTTPRequestHead) -> HTTPResponse {
        switch name {
        case "docs.js": StaticAsset(PackageResources.docs_js, .javaScript).response(to: head)
        case "docs.css": StaticAsset(PackageResources.docs_css, .css).response(to: head)
        case _ where Self.files.contains(name): Self.stream("\(directory)/\(name)", MediaType(fileName: name))
        default: .text("Not found: \(name)\n", status: .notFound)
        }
    }

    /// Files of a megabyte and more are read piece by piece, as the client takes them.
    private static func stream(_ path: String, _ type: MediaType) -> HTTPResponse {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .text("This file is not installed.\n", status: .notFound) }
        let body = HTTPBodyStream {
            let bytes = [UInt8](unsafeUninitializedCapacity: pieceBytes) { buffer, count in
                count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
            }
            return bytes.isEmpty ? .end : .bytes(bytes)
        } onFinish: {
            close(descriptor)
        }
        return .stream(body, type)
    }

    private static let swagger = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>LeadVille Gateway API</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="stylesheet" href="/docs/swagger-ui.css"></head>
        <body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script>
        <script>SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui' });</script></body></html>

        """

    private static let redoc = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>LeadVille Gateway API</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"></head>
        <body><redoc spec-url="/openapi.json"></redoc><script src="/docs/redoc.standalone.js"></script></body></html>

        """
}
