import Reactor

/// A static file as it is served: compressed to the clients that accept it. Each form is made at its first request, since most
/// files are never requested.
@ReactorActor
package final class ServedAsset {
    private let makePlain: () -> StaticAsset
    private let makeCompressed: () -> StaticAsset
    private lazy var plain = makePlain()
    private lazy var compressed = makeCompressed()

    /// Where compression gains nothing, all clients get the plain form.
    package init(_ type: MediaType, _ make: @escaping @ReactorActor () -> [UInt8]) {
        makePlain = { StaticAsset(make(), type) }
        makeCompressed = { StaticAsset(make(), type).compressed ?? StaticAsset(make(), type) }
    }

    /// A file that exists in both forms.
    package init(
        _ type: MediaType, plain: @escaping @ReactorActor () -> [UInt8],
        compressed: @escaping @ReactorActor () -> [UInt8]
    ) {
        makePlain = { StaticAsset(plain(), type) }
        makeCompressed = { StaticAsset(compressed: compressed(), type) }
    }

    package func response(to head: HTTPRequestHead) -> HTTPResponse {
        (head.acceptsGzip ? compressed : plain).response(to: head)
    }
}

extension HTTPRequestHead {
    /// RFC 9110 §12.5.3; a quality of zero excludes it.
    var acceptsGzip: Bool {
        headers.list("Accept-Encoding").contains { element in
            let parts = element.lowercased().split(separator: ";").map { $0.filter { $0 != " " } }
            guard let name = parts.first, name == "gzip" || name == "x-gzip" else { return false }
            return !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}
