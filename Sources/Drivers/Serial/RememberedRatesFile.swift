import Glibc
import Logging
import Reactor

/// Keeps the remembered speeds in a file.
@ReactorActor
final class RememberedRatesFile {
    private let path: String?
    private var rates: RememberedRates
    private nonisolated static let maximumBytes = 256 << 10

    /// Without a path nothing outlives the gateway.
    init(_ path: String?) {
        self.path = path
        rates = RememberedRates(text: path.map(Self.read) ?? "")
    }

    subscript(identity: String) -> Int? { rates[identity] }

    func remember(_ rate: Int, for identity: String) {
        if rates.remember(rate, for: identity) { write() }
    }

    private nonisolated static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: maximumBytes)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// A few lines, once for each new device, and nobody waits for the disk: it is a hint, and may be lost. The old file
    /// stays until the new one is whole.
    private func write() {
        guard let path else { return }
        let new = path + ".new"
        let bytes = Array(rates.text.utf8)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return Log.warning("Cannot remember speeds: \(SystemError("open \(new)"))") }
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == bytes.count, rename(new, path) == 0 else {
            return Log.warning("Cannot remember speeds: \(SystemError("writing \(path)"))")
        }
    }
}
