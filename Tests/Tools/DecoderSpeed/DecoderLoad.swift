import Clocks
import Devices
import Glibc

/// A decoder and its input.
enum DecoderLoad: String, CaseIterable {
    case amgCommander = "amg-commander"
    case bt50
    case bt50NowData = "bt50-now-data"
    /// The longest frames of any mat.
    case bedMat = "mat-jq-64x64"
    case insole = "mat-grid-12x8"
    /// The same in USB packets, as read without a buffer.
    case insolePackets = "mat-grid-12x8-packets"

    var traffic: DeviceTraffic {
        switch self {
        case .amgCommander: .amgCommander(strings: 300)
        case .bt50: .bt50(nowData: false, seconds: 40)
        case .bt50NowData: .bt50(nowData: true, seconds: 40)
        case .bedMat: .mat("jq-64x64", frames: 64)
        case .insole: .mat("grid-12x8", frames: 1_000)
        case .insolePackets: .mat("grid-12x8", frames: 1_000, piece: 64)
        }
    }

    func measure(_ limit: Measurement.Limit) -> Measurement {
        switch self {
        case .amgCommander: Measurement(of: AMGDecoder(), traffic, limit)
        case .bt50, .bt50NowData: Measurement(of: BT50Decoder(), traffic, limit)
        case .bedMat: Measurement(of: MatDecoder(known: "jq-64x64"), traffic, limit)
        case .insole, .insolePackets: Measurement(of: MatDecoder(known: "grid-12x8"), traffic, limit)
        }
    }
}

extension MatDecoder {
    fileprivate init(known name: String) {
        self.init(KnownMat.known(name))
    }
}

extension KnownMat {
    static func known(_ name: String) -> KnownMat {
        guard let mat = named(name) else { preconditionFailure("no mat is called \(name)") }
        return mat
    }
}

/// Measures decoder throughput on the bytes of virtual devices.
///
///     decoder-speed LOAD --seconds NUMBER    decodes for that much CPU time
///     decoder-speed LOAD --rounds NUMBER     decodes the input this many times
///     decoder-speed LOAD --frames            writes the frames, each behind its length (32 bits, low byte first)
///
/// The first two print one JSON object; allocations exclude the first round.
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
