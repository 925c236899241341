import Clocks
import Devices
import Reactor
import Serial
import Testing
import VirtualDevices

@Suite("Virtual boards on serial ports", .serialized, .timeLimit(.minutes(2))) @ReactorActor
struct VirtualBoardTests {
    @Test("what a heart board prints in a minute is heard whole")
    func heartBoard() async throws {
        var board = VirtualHeartBoard(user: 1, seed: 5)
        let text = board.serialText(until: .seconds(60))
        #expect(try await transmit(text) == text)
    }

    @Test(
        "each frame of a mat arrives, and the one that is cut when the mat is pulled out is no frame", arguments: 1...3)
    func mat(seed: UInt64) async throws {
        let known = try #require(KnownMat.named("jq-32x32"))
        var mat = VirtualMat(VirtualMatFormat(known), seed: seed)
        let frames = (0..<50).map { _ in mat.next() }.filter { !$0.cells.isEmpty }
        let half = frames[0].bytes.prefix(500)
        let heard = try await transmit(frames.flatMap(\.bytes) + half)
        var decoder = MatDecoder(known)
        var count = 0
        decoder.feed(heard[...]) { if case .frame = $0 { count += 1 } }
        decoder.finish { if case .frame = $0 { count += 1 } }
        #expect(count == frames.count)
    }

    /// Sends bytes as fast as they are taken, pulls the device out behind the last one, and tells what was heard.
    private func transmit(_ bytes: [UInt8]) async throws -> [UInt8] {
        let device = try VirtualSerialPort()
        let heard = SerialPortRecorder()
        let port = try heard.open(device.path)
        var sent = 0
        while sent < bytes.count {
            let piece = bytes[sent..<min(sent + 2_048, bytes.count)]
            #expect(device.send(piece))
            sent = piece.endIndex
            _ = await heard.bytes(sent)
        }
        device.unplug()
        await heard.waitForDisconnect()
        #expect(!port.isOpen && device.lostBytes == 0)
        return await heard.bytes(sent)
    }
}
