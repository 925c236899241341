/// What a process may do beyond what every process may.
struct Capabilities: OptionSet, Hashable, Sendable {
    let rawValue: UInt64

    static let networkAdministration = Self(rawValue: 1 << 12)

    /// From `/proc/PID/status`.
    static func effective(_ status: String) -> Self {
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.dropFirst("CapEff:".count).drop { $0 == "\t" || $0 == " " } ?? ""
        return Self(rawValue: UInt64(digits, radix: 16) ?? 0)
    }
}
