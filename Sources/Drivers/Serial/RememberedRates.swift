import Glibc
import Hotplug
import Logging
import Reactor

/// The baud rate at which each device was recognised: the first to try after a restart. As text, one line per device:
/// id, rate.
struct RememberedRates: Sendable, Equatable {
    static let maximumPorts = 256
    private(set) var rates: [(identity: String, rate: Int)] = []

    init() {}

    /// Skips invalid lines: the rates are only hints.
    init(text: String) {
        for line in text.split(separator: "\n").suffix(Self.maximumPorts) {
            let words = line.split(separator: " ")
            guard words.count == 2, let rate = Int(words[1]), 50...12_000_000 ~= rate else { continue }
            remember(rate, for: String(words[0]))
        }
    }

    subscript(identity: String) -> Int? { rates.first { $0.identity == identity }?.rate }

    /// Returns whether the rate is new. The oldest entry is dropped at the limit.
    @discardableResult
    mutating func remember(_ rate: Int, for identity: String) -> Bool {
        guard self[identity] != rate, !identity.contains(" ") else { return false }
        rates.removeAll { $0.identity == identity }
        if rates.count == Self.maximumPorts { rates.removeFirst() }
        rates.append((identity, rate))
        return true
    }

    var text: String { rates.map { "\($0.identity) \($0.rate)\n" }.joined() }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
}

/// Persists the remembered rates.
@ReactorActor
final class RememberedRatesFile {
    private let path: String?
    private var rates: RememberedRates
    private nonisolated static let maximumBytes = 256 << 10

    /// Without a path the rates are kept in memory only.
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

    /// Replaces the file atomically, without fsync: losing a hint is harmless.
    private func write() {
        guard let path else { return }
        let new = path + ".new"
        let bytes = Array(rates.text.utf8)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return Log.warning("Cannot save baud rates: \(SystemError("open \(new)"))") }
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == bytes.count, rename(new, path) == 0 else {
            return Log.warning("Cannot save baud rates: \(SystemError("writing \(path)"))")
        }
    }
}
