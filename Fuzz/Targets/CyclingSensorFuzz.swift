import Bluetooth
import Devices

extension CyclingSensorDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("cycling-sensor") { input in
                for characteristic in [CyclingSensorDecoder.Characteristic.features, .battery] {
                    try DecoderFuzz.messages(input, to: CyclingSensorDecoder(characteristic))
                }
                try DecoderFuzz.messages(input, to: CyclingSensorDecoder(.measurement)) { reading in
                    guard case .measurement(let measurement) = reading else { return }
                    for revolutions in [measurement.wheel, measurement.crank] {
                        guard let rate = revolutions?.perMinute else { continue }
                        try require(rate.isFinite && (0...1_500).contains(rate), "\(rate) revolutions per minute")
                    }
                }
            },
            FuzzTarget("cycling-sensor-session") { input in
                try SessionFuzz.run(input, CyclingSensorSession()) {
                    if case .sessionEvent(.ended) = $0 { true } else { false }
                }
            },
        ]
    }
}
