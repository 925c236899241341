/// The udev rules of this version, known by a number, and those that are installed.
enum UdevRules {
    static let name = "60-leadville-gateway.rules"
    /// Of `udev/60-leadville-gateway.rules`; a test fails until it is renewed.
    static let fingerprint: UInt64 = 0xCE7AAABC1DC33E7D

    /// FNV-1a.
    static func fingerprint(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The first that udev would read; nil without any.
    static func installed() -> SerialChecks.Rules? {
        for directory in ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"] {
            let path = "\(directory)/\(name)"
            guard SystemFiles.exists(path) else { continue }
            return fingerprint(of: SystemFiles.text(path)) == fingerprint
                ? .shipped(path: path) : .different(path: path)
        }
        return nil
    }
}
