import Clocks
import Events
import Testing
import VirtualDevices

@testable import Devices

@Suite("Recognition of serial devices") struct SerialSnifferDeviceTests {
    private func bytes(of mat: KnownMat, frames: Int, script: [ScheduledMatFault] = []) -> [UInt8] {
        var device = VirtualMat(VirtualMatFormat(mat), seed: 5, rate: 20, baudRate: 3_000_000, script: script)
        return (0...frames).flatMap { _ in device.next().bytes }
    }

    private func sniff(_ bytes: ArraySlice<UInt8>, at baudRate: Int) -> SerialSniffer {
        var sniffer = SerialSniffer(baudRate: baudRate)
        sniffer.feed(bytes)
        return sniffer
    }

    /// The bytes that are received at a wrong baud rate.
    private func garbled(_ bytes: [UInt8]) -> [UInt8] {
        var random = SeededRandom(seed: 9)
        return bytes.map { _ in [0x00, 0x80, 0xC0, 0xF8, 0xFF, UInt8.random(in: 0...255, using: &random)] }
            .compactMap { $0.randomElement(using: &random) }
    }

    @Test(
        "each mat is recognised at its baud rate from any position in the stream", arguments: KnownMat.all.map(\.name))
    func mats(name: String) throws {
        let mat = try #require(KnownMat.named(name))
        let bytes = bytes(of: mat, frames: 9)
        for start in [0, 17, bytes.count / 9] {
            let sniffers = [sniff(garbled(bytes)[...], at: 9_600), sniff(bytes[start...], at: mat.baudRates[0])]
            guard case .recognised(let finding) = SerialIdentification(sniffers) else {
                Issue.record("\(SerialIdentification(sniffers))")
                continue
            }
            #expect((finding.device, finding.variant, finding.baudRate) == (.pressureMat, name, mat.baudRates[0]))
            #expect(finding.confidence > 0.9)
        }
    }

    @Test("if all baud rates work, the default one is reported", arguments: KnownMat.all.map(\.name))
    func speeds(name: String) throws {
        let mat = try #require(KnownMat.named(name))
        let bytes = bytes(of: mat, frames: 9)
        let sniffers = [9_600, 57_600, mat.baudRates[0], 2_000_000].map { sniff(bytes[...], at: $0) }
        guard case .recognised(let finding) = SerialIdentification(sniffers) else {
            Issue.record("\(SerialIdentification(sniffers))")
            return
        }
        #expect((finding.variant, finding.baudRate) == (name, mat.baudRates[0]))
    }

    @Test(
        "two frames are not sufficient, and a mat with faults is still recognised", arguments: KnownMat.all.map(\.name))
    func amount(name: String) throws {
        let mat = try #require(KnownMat.named(name))
        let few = sniff(bytes(of: mat, frames: 2)[...], at: mat.baudRates[0])
        guard case .unsure = SerialIdentification([few]) else {
            Issue.record("recognised from two frames")
            return
        }
        let script = [ScheduledMatFault(.droppedBytes(5), at: .milliseconds(240), for: .milliseconds(40))]
        let faulty = sniff(bytes(of: mat, frames: 14, script: script)[...], at: mat.baudRates[0])
        guard case .recognised = SerialIdentification([faulty]) else {
            Issue.record("\(SerialIdentification([faulty]))")
            return
        }
    }

    @Test("a heart board is recognised by its output")
    func heart() {
        var board = VirtualHeartBoard(user: 1, seed: 4)
        let text = board.serialText(until: .seconds(4))
        let sniffers = [sniff(garbled(text)[...], at: 9_600), sniff(text[...], at: 115_200)]
        guard case .recognised(let finding) = SerialIdentification(sniffers) else {
            Issue.record("\(SerialIdentification(sniffers))")
            return
        }
        #expect((finding.device, finding.variant, finding.baudRate) == (.esp32Heart, "serial", 115_200))
        #expect("\(finding)".hasSuffix("% of them"))
    }

    @Test("contradictory results are not recognised as a device")
    func contradiction() throws {
        let one = sniff(bytes(of: try #require(KnownMat.named("jq-32x32")), frames: 9)[...], at: 1_000_000)
        let other = sniff(bytes(of: try #require(KnownMat.named("grid-12x8")), frames: 9)[...], at: 115_200)
        guard case .unsure(let reason) = SerialIdentification([one, other]) else {
            Issue.record("recognised")
            return
        }
        #expect(reason.contains("jq-32x32") && reason.contains("grid-12x8"))
    }

    @Test(
        "decoding a mat of unknown variant first reports the variant", arguments: KnownMat.all.map(\.name),
        [1, 700, 1_000_000])
    func anyForm(name: String, size: Int) throws {
        let mat = try #require(KnownMat.named(name))
        let bytes = bytes(of: mat, frames: name.hasPrefix("jq-64") && size == 1 ? 3 : 6)
        var decoder: any LoggingDecoder = AnyMatDecoder()
        var log = ReadingLog()
        var rest = bytes[...]
        while !rest.isEmpty {
            decoder.feed(rest.prefix(size), into: &log)
            rest = rest.dropFirst(size)
        }
        decoder.finish(into: &log)
        let lines = String(decoding: log.drainLines(), as: UTF8.self).split(separator: "\n")
        #expect(lines.first?.hasPrefix(#"{"reading":"form","form":"\#(name)","confidence":0."#) == true, "\(lines)")
        #expect(log.readingCount >= 4)
    }
}
