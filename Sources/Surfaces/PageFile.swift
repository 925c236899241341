import Reactor
import Web

/// A file of the pages. The program holds it compressed: few of them are requested, and nearly every client accepts gzip.
///
/// `all`, in the order of the paths, is written during the build (`tools/embed-pages`).
struct PageFile: Hashable, Sendable {
    /// Below `Sources/Surfaces`.
    let path: String
    private let base64: String

    /// - Parameter base64: with gzip.
    init(_ path: String, _ base64: String) {
        self.path = path
        self.base64 = base64
    }

    /// The program ends if there is no such file, a mistake in the code: pages name their files at the start.
    init(_ path: String) {
        guard let file = Self.all.first(where: { $0.path == path }) else { preconditionFailure("no page file \(path)") }
        self = file
    }

    /// With gzip.
    var compressed: [UInt8] {
        guard let bytes = Base64.decode(Array(base64.utf8)[...]) else { preconditionFailure("page file \(path)") }
        return bytes
    }

    var bytes: [UInt8] {
        do throws(Gzip.Reject) {
            return try Gzip.decompress(compressed, limit: 1 << 20)
        } catch {
            preconditionFailure("page file \(path): \(error)")
        }
    }
}

@ReactorActor
extension Router {
    func asset(_ path: String, _ type: MediaType, _ file: PageFile) {
        asset(path, type, ServedAsset(type, file))
    }
}

@ReactorActor
extension ServedAsset {
    convenience init(_ type: MediaType, _ file: PageFile) {
        self.init(type, plain: { file.bytes }, compressed: { file.compressed })
    }
}
