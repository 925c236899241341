import Reactor

/// A static file as it is served: made at the first request, since most files are never requested, and compressed for the
/// clients that accept it.
@ReactorActor
final class ServedAsset {
    private let type: MediaType
    private let make: () -> [UInt8]
    private lazy var plain = StaticAsset(make(), type)
    /// The plain form where compression gains nothing.
    private lazy var compressed = StaticAsset(make(), type).compressed ?? plain

    init(_ type: MediaType, _ make: @escaping @ReactorActor () -> [UInt8]) {
        self.type = type
        self.make = make
    }

    func response(to head: HTTPRequestHead) -> HTTPResponse {
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
