import Glibc
import Reactor

/// A port that cannot be had, said so that a person knows what to do about it.
package struct BindError: Error, Equatable, CustomStringConvertible {
    package let purpose: String
    package let address: String
    package let code: Int32

    package var description: String {
        switch code {
        case EADDRINUSE:
            "\(purpose): \(address) is taken by another program; stop that one, or choose another port here"
        case EACCES:
            "\(purpose): \(address) is reserved for the system; choose a port of 1024 or above"
        case EADDRNOTAVAIL:
            "\(purpose): \(address) is not an address of this machine"
        default:
            "\(purpose): cannot listen on \(address): \(SystemError.text(of: code))"
        }
    }
}

/// Where to listen: a host as configured (empty for every address of the machine) and a port.
package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String = "", port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String {
        host.isEmpty ? "port \(port)" : host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
