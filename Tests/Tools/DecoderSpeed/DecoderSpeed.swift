import Glibc

/// Measures how fast decoders are, on the very bytes that the look-alikes of the devices send.
///
///     decoder-speed LOAD --seconds NUMBER    decodes for that long, of the CPU's time
///     decoder-speed LOAD --rounds NUMBER     decodes what the device sent so many times
///     decoder-speed LOAD --frames            writes the frames, each behind its length (32 bits, low byte first)
///
/// The first two print one JSON object; its allocations are those of the measured rounds, not of the first.
@main
struct DecoderSpeed {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let load = arguments.first.flatMap(DecoderLoad.init) else { usage() }
        switch arguments.dropFirst().first {
        case "--seconds":
            guard arguments.count == 3, let seconds = Double(arguments[2]), 0.01...60 ~= seconds else { usage() }
            print(load.measure(.seconds(seconds)).json)
        case "--rounds":
            guard arguments.count == 3, let rounds = Int(arguments[2]), 1...100_000 ~= rounds else { usage() }
            print(load.measure(.rounds(rounds)).json)
        case "--frames":
            guard arguments.count == 2 else { usage() }
            exit(write(load.traffic.records) ? 0 : 1)
        default: usage()
        }
    }

    private static func usage() -> Never {
        let names = DecoderLoad.allCases.map(\.rawValue).joined(separator: "|")
        print("usage: decoder-speed \(names) --seconds NUMBER|--rounds NUMBER|--frames")
        exit(2)
    }

    private static func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
