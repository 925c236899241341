import Configuration
import Devices
import Glibc
import Reactor

/// `decode DEVICE [FILE]`: decodes captured bytes, one JSON object a line.
enum DecodeCommand {
    private static let chunkSize = 64 << 10

    static func run(_ options: DecodeOptions) -> ExitStatus {
        guard let variant = DecoderVariant.variants(of: options.device).first(where: { $0.name == options.variant }),
            var reader = CaptureReader(variant, as: options.isBinary ? .bytes : .hexLines)
        else {
            return StandardStream.fail(
                "\(options.device.rawValue) has no form \(options.variant) that can be decoded from this input")
        }
        do throws(SystemError) {
            return try decode(options.file, with: &reader)
        } catch {
            return StandardStream.fail("\(error)")
        }
    }

    private static func decode(
        _ file: String?, with reader: inout CaptureReader
    ) throws(SystemError) -> ExitStatus {
        let input = try open(file)
        var chunk = [UInt8](repeating: 0, count: chunkSize)
        var status = ExitStatus.success
        while true {
            let count = read(input.number, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(file ?? "standard input")
            }
            if count == 0 { reader.finish() } else { reader.feed(chunk[..<count]) }
            for error in reader.drainLineErrors() { status = StandardStream.fail("\(error)") }
            guard StandardStream.printResult(reader.drainLines()) == .success else { return .failure }
            if count == 0 { break }
        }
        StandardStream.error.write(summary(of: reader.log))
        return status
    }

    private static func open(_ file: String?) throws(SystemError) -> OwnedDescriptor {
        guard let file else { return try OwnedDescriptor(dup(0), from: "standard input") }
        return try OwnedDescriptor(Glibc.open(file, O_RDONLY | O_CLOEXEC), from: file)
    }

    /// For example `12 readings, 2 rejects (1 length, 1 range)`
    private static func summary(of log: ReadingLog) -> String {
        let rejects = log.rejectCounts.sorted { $0.key < $1.key }
        let count = rejects.reduce(0) { $0 + $1.value }
        let reasons = rejects.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let readings = "\(log.readingCount) reading" + (log.readingCount == 1 ? "" : "s")
        return "\(readings), \(count) reject" + (count == 1 ? "" : "s") + (count == 0 ? "" : " (\(reasons))") + "\n"
    }
}
