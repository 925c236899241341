import Glibc

/// libFuzzer's door into the package. One program holds every target; `FUZZ_TARGET` says which one is meant.
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
        // The fuzzer keeps the input of a crash, and nothing else would make it keep this one.
        print("\(target.name): \(error)")
        abort()
    }
    return 0
}
