import Clocks
import Glibc
import Network
import Surfaces

/// Reads what is shown of this machine.
enum HostFacts {
    static var name: String {
        let name = LocalMachine.hostName
        return name.isEmpty ? "gateway" : name
    }

    static func status() -> HostStatus {
        var system = utsname()
        uname(&system)
        let interfaces = LocalMachine.interfaceAddresses
        return HostStatus(
            name: name, platform: withUnsafeBytes(of: &system.sysname, text),
            release: withUnsafeBytes(of: &system.release, text),
            uptime: SystemClock.monotonic() - MonotonicTime(nanoseconds: 0),
            interfaces: interfaces.map {
                HostStatus.Interface(name: $0.interface, address: $0.address, isIPv6: $0.isIPv6)
            }, networkName: interfaces.lazy.compactMap { LocalMachine.networkName(of: $0.interface) }.first)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
