/// A parser under hostile input: something to feed, and what must hold whatever it is fed.
///
/// Crashing is one way to fail. The other is a broken promise, such as a document that does not survive being written
/// and read again: then `run` throws. The same function serves the fuzzer and the test that replays the corpus.
package struct FuzzTarget: Sendable {
    /// The name of its folder under `Fuzz/corpus`.
    package let name: String
    package let run: @Sendable (ArraySlice<UInt8>) throws -> Void

    package init(_ name: String, _ run: @escaping @Sendable (ArraySlice<UInt8>) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// Every target there is. A new one gets its line here.
    package static let all: [FuzzTarget] = [
        FuzzTarget("json-tree", JSONTreeFuzz.run),
        FuzzTarget("json-object", JSONObjectFuzz.run),
        FuzzTarget("configuration", ConfigurationFuzz.run),
        FuzzTarget("command-line", CommandLineFuzz.run),
        FuzzTarget("http-requests", HTTPRequestFuzz.run),
        FuzzTarget("websocket-frames", WebSocketFuzz.run),
        FuzzTarget("websocket-deflate", DeflateFuzz.run),
        FuzzTarget("heart-datagram", HeartDatagramFuzz.run),
        FuzzTarget("heart-serial", HeartSerialFuzz.run),
        FuzzTarget("amg-commander", RangeDeviceFuzz.amgCommander),
        FuzzTarget("bt50-notifications", RangeDeviceFuzz.bt50Notifications),
        FuzzTarget("bt50-stream", RangeDeviceFuzz.bt50Stream),
        FuzzTarget("heart-rate-strap", RangeDeviceFuzz.heartStrap),
        FuzzTarget("specialpie", RangeDeviceFuzz.specialPie),
        FuzzTarget("sg-timer", RangeDeviceFuzz.sgTimer),
        FuzzTarget("mat-frames", MatFuzz.frames),
        FuzzTarget("mat-halves", MatFuzz.halves),
        FuzzTarget("mat-run-length", MatFuzz.runLength),
        FuzzTarget("mat-text", MatFuzz.text),
        FuzzTarget("phone-message", PhoneMessageFuzz.run),
        FuzzTarget("simulation-script", SimulationScriptFuzz.run),
        FuzzTarget("serial-sniffer", SerialSnifferFuzz.run),
        FuzzTarget("capture", CaptureFuzz.run),
        FuzzTarget("att-client", ATTFuzz.run),
        FuzzTarget("bluetooth-air", AdvertisingFuzz.run),
        FuzzTarget("amg-session", SessionFuzz.amgCommander),
        FuzzTarget("bt50-session", SessionFuzz.bt50),
        FuzzTarget("heart-strap-session", SessionFuzz.heartStrap),
        FuzzTarget("impact-detector", RangeFuzz.detector),
        FuzzTarget("run-tracker", RangeFuzz.tracker),
        FuzzTarget("kept-inputs", RangeStorageFuzz.inputs),
        FuzzTarget("range-memory", RangeStorageFuzz.documents),
        FuzzTarget("mat-session", SessionFuzz.pressureMat),
    ]
}

/// A promise that a parser has broken.
package struct InvariantViolation: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Throws unless it holds.
package func require(_ holds: Bool, _ description: @autoclosure () -> String) throws {
    if !holds { throw InvariantViolation(description()) }
}
