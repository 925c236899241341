import Clocks
import Devices

/// One decoder and what it is to decode.
enum DecoderLoad: String, CaseIterable {
    case amgCommander = "amg-commander"
    case bt50
    case bt50NowData = "bt50-now-data"
    /// The longest frames that any mat sends.
    case bedMat = "mat-jq-64x64"
    case insole = "mat-grid-12x8"
    /// The same in packets of USB, as nobody hands it on who reads a port with a buffer.
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
