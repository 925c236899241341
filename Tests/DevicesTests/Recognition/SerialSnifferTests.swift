import TestSupport
import Testing

@testable import Devices

@Suite("Serial sniffer without a device") struct SerialSnifferTests {
    /// Feeds a stream until enough bytes were examined, and returns the devices recognised.
    private func falsePositives(
        in stream: (inout SeededGenerator) -> [UInt8], bytes: Int, seed: UInt64
    ) -> [SerialMatch] {
        var random = SeededGenerator(seed: seed)
        var found: [SerialMatch] = []
        var examined = 0
        while examined < bytes {
            var sniffer = SerialSniffer(baudRate: 115_200)
            while sniffer.acceptsMoreBytes { sniffer.feed(stream(&random)[...]) }
            examined += sniffer.byteCount
            if case .recognised(let finding) = SerialIdentification([sniffer]) { found.append(finding) }
        }
        return found
    }

    private func lines(_ line: @escaping (inout SeededGenerator) -> String) -> (inout SeededGenerator) -> [UInt8] {
        { random in (0..<200).flatMap { _ in Array((line(&random) + "\r\n").utf8) } }
    }

    @Test("recognises nothing in 10 MB of random bytes")
    func noise() {
        let noise: (inout SeededGenerator) -> [UInt8] = { random in
            var bytes = [UInt8](repeating: 0, count: 8_192)
            for index in stride(from: 0, to: bytes.count, by: 8) {
                var word = random.next()
                for offset in 0..<8 {
                    bytes[index + offset] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                }
            }
            return bytes
        }
        #expect(falsePositives(in: noise, bytes: 10_000_000, seed: 1).isEmpty)
    }

    @Test("recognises nothing in constant bytes")
    func constant() {
        for byte in UInt8.min...UInt8.max {
            var sniffer = SerialSniffer(baudRate: 115_200)
            sniffer.feed([UInt8](repeating: byte, count: 12_000)[...])
            #expect(sniffer.matches.isEmpty, "\(byte)")
        }
    }

    @Test("recognises nothing in logs, NMEA sentences and modem output")
    func text() {
        let log = lines { random in
            let level = ["INFO", "WARN", "R0:12", "F,1,2,3", "flag", "CFG,3", "Sent: ok", "IR Value:"]
                .randomElement(using: &random)
            return "[\(Int.random(in: 0..<99_999, using: &random))] \(level ?? "") value=\(random.next() % 4_096)"
        }
        let numbers = lines { random in
            (0..<Int.random(in: 1...6, using: &random)).map { _ in "\(random.next() % 1_024)" }.joined(separator: ",")
        }
        let nmea = lines { random in
            [
                "$GPGGA,\(random.next() % 240_000).00,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
                "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
                "$GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45*75",
            ].randomElement(using: &random) ?? ""
        }
        let modem = lines { random in
            ["AT", "OK", "ATI", "+CSQ: 21,99", "RING", "NO CARRIER", "AT+CGDCONT=1,\"IP\"", "ERROR", "+CREG: 0,1"]
                .randomElement(using: &random) ?? ""
        }
        let registers = lines { "R\($0.next() % 4):\($0.next() % 256)" }
        for (seed, stream) in [log, numbers, nmea, modem, registers].enumerated() {
            #expect(falsePositives(in: stream, bytes: 600_000, seed: UInt64(seed)).isEmpty)
        }
    }

    @Test("recognises no mat in frames of another length")
    func otherLength() {
        var sniffer = SerialSniffer(baudRate: 1_000_000)
        let frame = [UInt8](repeating: 7, count: 1_025) + [0xAA, 0x55, 0x03, 0x99]
        for _ in 0..<20 { sniffer.feed(frame[...]) }
        guard case .unsure(let reason) = SerialIdentification([sniffer]) else {
            Issue.record("recognised as a mat")
            return
        }
        #expect(reason == "no decoder matches: 20580 bytes at 1000000 baud")
    }

    @Test("reports missing data")
    func silence() {
        #expect(SerialIdentification([]) == .unsure(because: "no data received"))
        #expect(SerialIdentification([SerialSniffer(baudRate: 9_600)]) == .unsure(because: "no data received"))
    }

    @Test("limits the bytes examined")
    func limit() {
        var sniffer = SerialSniffer(baudRate: 9_600)
        sniffer.feed([UInt8](repeating: 1, count: SerialSniffer.maximumByteCount - 1)[...])
        #expect(sniffer.acceptsMoreBytes)
        sniffer.feed([1, 1, 1])
        #expect(!sniffer.acceptsMoreBytes)
        #expect(sniffer.byteCount == SerialSniffer.maximumByteCount)
    }
}
