import Devices
import Events
import Foundation
import JSON
import TestSupport
import Testing

@Suite("Decoder variants") struct DecoderVariantTests {
    /// Names the test argument.
    struct Variant: CustomTestStringConvertible, Sendable {
        let variant: DecoderVariant
        var testDescription: String { "\(variant.device.rawValue) \(variant.name)" }

        static let all = DecoderVariant.all.map { Variant(variant: $0) }
    }

    @Test("every documented device has a decoder, and every decoder is documented")
    func folders() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../firmware-protocols").standardized
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(folders) == Set(DecoderVariant.all.map(\.device.rawValue)))
        for name in folders {
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "\(name)/README.md").path), "\(name)")
        }
    }

    @Test("variant names are unique for each device")
    func names() {
        for device in DeviceDrivers.families {
            let names = DecoderVariant.variants(of: device).map(\.name)
            #expect(Set(names).count == names.count, "\(names)")
        }
    }

    @Test("each line is one reading or one reject, and all are counted", arguments: Variant.all)
    func hostile(of argument: Variant) throws {
        var random = SeededGenerator(seed: 77)
        var decoder = argument.variant.makeDecoder()
        var log = ReadingLog()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...40, using: &random)
            decoder.feed((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }[...], into: &log)
        }
        decoder.finish(into: &log)
        let lines = log.drainLines().split(separator: UInt8(ascii: "\n"))
        let objects = try lines.map { try JSONValue(parsing: $0) }
        #expect(objects.filter { $0["reading"] != nil }.count == log.readingCount)
        #expect(objects.filter { $0["reject"] != nil }.count == log.rejectCounts.values.reduce(0, +))
        #expect(lines.count == log.readingCount + log.rejectCounts.values.reduce(0, +))
    }

    @Test("decodes the heart board's serial output")
    func heart() throws {
        let variant = try #require(DecoderVariant.variants(of: .esp32Heart).first { $0.name == "serial" })
        var decoder = variant.makeDecoder()
        var log = ReadingLog()
        let text = """
            MAX30102 Heart Rate Monitor - Device 7
            MAX30102 found and initialized!
            Good finger contact! IR Value: 95000
            Heartbeat detected! BPM: 71
            Sent: {"user":7,"bpm":72.0,"extra":[1]}
            Sent: {"user":7}
            Weak finger contact - press firmer
            nothing

            """
        decoder.feed(Array(text.utf8)[...], into: &log)
        #expect(
            String(decoding: log.drainLines(), as: UTF8.self) == """
                {"reading":"status","status":"started","device":"7"}
                {"reading":"status","status":"sensor_found"}
                {"reading":"contact","contact":"good","ir_value":95000}
                {"reading":"beat","bpm":71}
                {"reading":"heart","user":7,"bpm":72.0,"extra":[1]}
                {"reject":"missing_bpm","detail":"heart reading rejected: \\"bpm\\" missing"}
                {"reject":"incomplete_contact","detail":"second line of a two-line message missing"}

                """)
    }
}
