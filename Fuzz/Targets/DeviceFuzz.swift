import Bluetooth
import Clocks
import Devices

extension AMGCommanderDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("amg-commander") { input in
                try DecoderFuzz.messages(input, to: AMGDecoder()) { reading in
                    guard case .list(let list) = reading else { return }
                    try require(list.times.count <= 153, "a list of \(list.times.count)")
                    let pairs = zip(list.times, list.times.dropFirst())
                    try require(pairs.allSatisfy { $0 <= $1 }, "decreasing: \(list.times)")
                }
            },
            FuzzTarget("amg-session") { input in
                try SessionFuzz.run(input, SessionFuzz.amg) {
                    if case .sessionEvent(.ended) = $0 { true } else { false }
                }
            },
        ]
    }
}

extension BT50Driver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("bt50-notifications") { input in
                try DecoderFuzz.messages(input, to: BT50Decoder()) { reading in
                    let age: Nanoseconds
                    switch reading {
                    case .vibration(let sample): age = sample.age
                    case .motion(let sample): age = sample.age
                    default: return
                    }
                    try require(age >= .zero && age <= .seconds(60), "measured \(age.inSeconds) s ago")
                }
            },
            FuzzTarget("bt50-stream") { try DecoderFuzz.stream($0, to: BT50Decoder(framing: .stream)) },
            FuzzTarget("bt50-session") { input in
                try SessionFuzz.run(input, SessionFuzz.bt50) {
                    if case .sessionEvent(.ended) = $0 { true } else { false }
                }
            },
        ]
    }
}

extension HeartBoardDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [FuzzTarget("heart-datagram", HeartDatagramFuzz.run), FuzzTarget("heart-serial", HeartSerialFuzz.run)]
    }
}

extension HeartStrapDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("heart-rate-strap") { input in
                try DecoderFuzz.messages(input, to: HeartStrapDecoder(.measurement))
                try DecoderFuzz.messages(input, to: HeartStrapDecoder(.battery))
            },
            FuzzTarget("heart-strap-session") { input in
                try SessionFuzz.run(input, HeartStrapSession()) {
                    if case .sessionEvent(.ended) = $0 { true } else { false }
                }
            },
        ]
    }
}

extension PressureMatDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("mat-frames", MatFuzz.frames), FuzzTarget("mat-halves", MatFuzz.halves),
            FuzzTarget("mat-run-length", MatFuzz.runLength), FuzzTarget("mat-text", MatFuzz.text),
            FuzzTarget("mat-session") { input in
                try SessionFuzz.run(input, SessionFuzz.mat) {
                    if case .sessionEvent(.ended) = $0 { true } else { false }
                }
            },
        ]
    }
}

extension SensorLoggerDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] { [FuzzTarget("phone-message", PhoneMessageFuzz.run)] }
}

extension SGTimerDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [
            FuzzTarget("sg-timer") { input in
                for characteristic in [SGDecoder.Characteristic.event, .command, .shotList] {
                    try DecoderFuzz.messages(input, to: SGDecoder(characteristic))
                }
            }
        ]
    }
}

extension SpecialPieDriver: FuzzedDriver {
    var fuzzTargets: [FuzzTarget] {
        [FuzzTarget("specialpie") { try DecoderFuzz.stream($0, to: SpecialPieDecoder()) }]
    }
}
