import Devices
import Glibc

/// A parser under hostile input: a function to feed and the invariants that must hold.
///
/// A target fails by crashing or by throwing an `InvariantViolation`, for example for a document that does not survive
/// being written and read again. The fuzzer and the corpus test run the same function.
package struct FuzzTarget: Sendable {
    /// The name of its folder under `Fuzz/corpus`.
    package let name: String
    package let run: @Sendable (ArraySlice<UInt8>) throws -> Void

    package init(_ name: String, _ run: @escaping @Sendable (ArraySlice<UInt8>) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// The targets of devices come from their drivers.
    package static let all: [FuzzTarget] =
        [
            FuzzTarget("json-tree", JSONTreeFuzz.run),
            FuzzTarget("json-object", JSONObjectFuzz.run),
            FuzzTarget("configuration", ConfigurationFuzz.run),
            FuzzTarget("command-line", CommandLineFuzz.run),
            FuzzTarget("http-requests", HTTPRequestFuzz.run),
            FuzzTarget("websocket-frames", WebSocketFuzz.run),
            FuzzTarget("websocket-deflate", DeflateFuzz.run),
            FuzzTarget("engine-io-payload", EnginePayloadFuzz.run),
            FuzzTarget("socket-io-packet", SocketIOFuzz.run),
            FuzzTarget("simulation-script", SimulationScriptFuzz.run),
            FuzzTarget("serial-sniffer", SerialSnifferFuzz.run),
            FuzzTarget("capture", CaptureFuzz.run),
            FuzzTarget("att-client", ATTFuzz.run),
            FuzzTarget("bluetooth-air", AdvertisingFuzz.run),
            FuzzTarget("impact-detector", RangeFuzz.detector),
            FuzzTarget("run-tracker", RangeFuzz.tracker),
            FuzzTarget("kept-inputs", RangeStorageFuzz.inputs),
            FuzzTarget("range-memory", RangeStorageFuzz.documents),
            FuzzTarget("pressure-matrix", PressureFuzz.grid),
            FuzzTarget("workout-frames", PressureFuzz.frames),
            FuzzTarget("motion-buffer", MotionFuzz.buffer),
            FuzzTarget("motion-recording", MotionFuzz.recording),
        ] + DeviceDrivers.all.flatMap { ($0 as? any FuzzedDriver)?.fuzzTargets ?? [] }
}

/// A driver whose decoder or session is fuzzed.
protocol FuzzedDriver: DeviceDriver {
    var fuzzTargets: [FuzzTarget] { get }
}

/// A violated invariant of a parser.
package struct InvariantViolation: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Throws unless the invariant holds.
package func require(_ condition: Bool, _ description: @autoclosure () -> String) throws {
    if !condition { throw InvariantViolation(description()) }
}

/// Text suitable for display: printable, on one line, of limited length.
enum PrintableLine {
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 2_000
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

/// Splits input into chunks of 1 to 64 bytes, deterministically.
struct Chunks: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var state: UInt32

    init(_ input: ArraySlice<UInt8>) {
        rest = input
        state = input.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        state = state &* 1_664_525 &+ 1_013_904_223
        let length = Int(state >> 26) + 1
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}

/// The entry point for libFuzzer. One program contains all targets; `FUZZ_TARGET` selects one.
private let target: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("FUZZ_TARGET is \"\(name)\"; there are: \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try target.run(input[...])
    } catch {
        // Aborting makes the fuzzer save the input.
        print("\(target.name): \(error)")
        fflush(nil)
        abort()
    }
    return 0
}
