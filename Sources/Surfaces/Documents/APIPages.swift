import Glibc
import JSON
import Reactor
import Store
import Web

/// The pages `/docs` and `/redoc`: the gateway's own, or Swagger UI and ReDoc where the package with their files is
/// installed.
@ReactorActor
struct APIPages {
    /// The files of Swagger UI and ReDoc that their pages use.
    private static let files = ["swagger-ui.css", "swagger-ui-bundle.js", "redoc.standalone.js"]

    let directory: String
    private let ownPage = asset("docs.html")
    private let ownFiles = ["docs.js", "docs.css", "swagger.js", "redoc.js"].map { (name: $0, asset: asset($0)) }

    init(directory: String) {
        self.directory = directory
    }

    func addRoutes(to router: Router) {
        router.get("/docs", DocumentDocumentation.docs) { request in
            .response(page(request.head, Self.swagger, needs: ["swagger-ui.css", "swagger-ui-bundle.js"]))
        }
        router.get("/redoc", DocumentDocumentation.redoc) { request in
            .response(page(request.head, Self.redoc, needs: ["redoc.standalone.js"]))
        }
        router.get("/docs/{file}", DocumentDocumentation.file) { request in
            let name = request.parameters["file"]
            if let own = ownFiles.first(where: { $0.name == name }) {
                return .response(own.asset.response(to: request.head))
            }
            // Of a fixed list, so that no name leads out of the directory.
            guard Self.files.contains(name) else {
                return .response(.text("Not found: \(name)\n", status: .notFound))
            }
            return .asyncResponse { await InstalledFile.response(to: request.head, "\(directory)/\(name)") }
        }
    }

    private static func asset(_ name: String) -> ServedAsset {
        ServedAsset(MediaType(fileName: name), PageFile("Documents/Pages/\(name)"))
    }

    private func page(_ head: HTTPRequestHead, _ installed: String, needs files: [String]) -> HTTPResponse {
        guard files.allSatisfy({ access("\(directory)/\($0)", R_OK) == 0 }) else {
            return ownPage.response(to: head)
        }
        var response = StaticAsset(Array(installed.utf8), .html).response(to: head)
        response.headers.add("Content-Security-Policy", Self.policy)
        return response
    }

    /// These scripts were written elsewhere: they reach this gateway only. Both set styles, draw images that they contain, and
    /// ReDoc searches in a worker that it contains.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
        connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'
        """

    private static let swagger = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>LeadVille Gateway API</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
        <link rel="stylesheet" href="/docs/swagger-ui.css"></head>
        <body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/swagger.js"></script></body></html>

        """

    private static let redoc = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>LeadVille Gateway API</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
        <body><redoc spec-url="/openapi.json"></redoc><script src="/docs/redoc.js"></script>
        <script src="/docs/redoc.standalone.js"></script></body></html>

        """
}

/// A file of a megabyte and more: a thread of its own reads it, piece by piece as the client takes them.
@ReactorActor
private struct InstalledFile {
    private nonisolated static let pieceBytes = 64 << 10

    private struct Opened: Sendable {
        let descriptor: Int32
        /// Changes when another version is installed.
        let entityTag: String
    }

    static func response(to head: HTTPRequestHead, _ path: String) async -> HTTPResponse {
        guard let worker = try? SerialWorker<Void>("file", makeState: {}) else {
            return .text("The file cannot be read now.\n", status: .serviceUnavailable)
        }
        guard let opened = await perform(on: worker, { Self.open(path) }) ?? nil else {
            worker.finish()
            return .text("This file is not installed.\n", status: .notFound)
        }
        let descriptor = opened.descriptor
        let isKnown = head.headers.list("If-None-Match").contains { $0 == opened.entityTag || $0 == "*" }
        var response: HTTPResponse
        if isKnown {
            finish(worker, descriptor)
            response = HTTPResponse(.notModified)
        } else {
            let body = HTTPBodyStream {
                let bytes = await perform(on: worker) { Self.read(descriptor) } ?? []
                return bytes.isEmpty ? .end : .bytes(bytes)
            } onFinish: {
                finish(worker, descriptor)
            }
            response = .stream(body, MediaType(fileName: path))
            response.headers.add("X-Content-Type-Options", "nosniff")
        }
        response.headers.add("ETag", opened.entityTag)
        response.headers.add("Cache-Control", "no-cache")
        return response
    }

    /// Nil when the file is closed already.
    private static func perform<Value: Sendable>(
        on worker: SerialWorker<Void>, _ work: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let isAccepted = worker.submit { _ in continuation.resume(returning: work()) }
            if !isAccepted { continuation.resume(returning: nil) }
        }
    }

    private static func finish(_ worker: SerialWorker<Void>, _ descriptor: Int32) {
        worker.submit { _ in close(descriptor) }
        worker.finish()
    }

    private nonisolated static func open(_ path: String) -> Opened? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        let time = status.st_mtim
        return Opened(
            descriptor: descriptor, entityTag: "\"\(status.st_ino)-\(status.st_size)-\(time.tv_sec).\(time.tv_nsec)\"")
    }

    private nonisolated static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: pieceBytes) { buffer, count in
            count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
    }
}
