import Clocks
import Devices

/// The Bluetooth devices of the range.
enum RangeDeviceFuzz {
    static func amgCommander(_ input: ArraySlice<UInt8>) throws {
        try DecoderFuzz.messages(input, to: AMGDecoder()) { reading in
            guard case .list(let list) = reading else { return }
            try require(list.times.count <= 153, "a list of \(list.times.count)")
            try require(zip(list.times, list.times.dropFirst()).allSatisfy { $0 <= $1 }, "falling: \(list.times)")
        }
    }

    static func bt50Notifications(_ input: ArraySlice<UInt8>) throws {
        try DecoderFuzz.messages(input, to: BT50Decoder()) { reading in
            let age: Nanoseconds
            switch reading {
            case .vibration(let sample): age = sample.age
            case .motion(let sample): age = sample.age
            default: return
            }
            try require(age >= .zero && age <= .seconds(60), "measured \(age.inSeconds) s ago")
        }
    }

    static func bt50Stream(_ input: ArraySlice<UInt8>) throws {
        try DecoderFuzz.stream(input, to: BT50Decoder(framing: .stream))
    }

    static func heartStrap(_ input: ArraySlice<UInt8>) throws {
        try DecoderFuzz.messages(input, to: HeartStrapDecoder(.measurement))
        try DecoderFuzz.messages(input, to: HeartStrapDecoder(.battery))
    }

    static func specialPie(_ input: ArraySlice<UInt8>) throws {
        try DecoderFuzz.stream(input, to: SpecialPieDecoder())
    }

    static func sgTimer(_ input: ArraySlice<UInt8>) throws {
        for characteristic in [SGDecoder.Characteristic.event, .command, .shotList] {
            try DecoderFuzz.messages(input, to: SGDecoder(characteristic))
        }
    }
}
