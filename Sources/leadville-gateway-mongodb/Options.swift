import Clocks
import Configuration

/// The command line and the environment.
struct Options {
    var gateway = HTTPAddress(host: "127.0.0.1", port: 5001)
    var uri = "mongodb://127.0.0.1:27017"
    var database = "leadville"
    var interval = Nanoseconds.seconds(2)
    var token: String?

    static let help = """
        usage: leadville-gateway-mongodb [--gateway URL] [--mongodb URI] [--database NAME] [--interval SECONDS]

        Copies workouts and their pressure frames from a gateway into MongoDB, and goes on as they change. Everything is
        written again after an interruption, at most once: nothing is lost or stored twice.

          --gateway URL       the gateway's port of workouts (http://127.0.0.1:5001)
          --mongodb URI       the server; with a password, better as LEADVILLE_MONGODB_URI (mongodb://127.0.0.1:27017)
          --database NAME     the database (leadville)
          --interval SECONDS  how often changes are looked for, 0.1 to 3600 (2)
          --help, --version   print this, or the version

        Each option is also a variable of the environment: LEADVILLE_MONGODB_GATEWAY, LEADVILLE_MONGODB_URI,
        LEADVILLE_MONGODB_DATABASE and LEADVILLE_MONGODB_INTERVAL. LEADVILLE_TOKEN is the gateway's access token, which is
        needed only if the gateway protects everything.

        """

    struct Invalid: Error {
        let message: String
    }

    private static let variables = [
        "--gateway": "LEADVILLE_MONGODB_GATEWAY", "--mongodb": "LEADVILLE_MONGODB_URI",
        "--database": "LEADVILLE_MONGODB_DATABASE", "--interval": "LEADVILLE_MONGODB_INTERVAL",
    ]

    init(_ arguments: ArraySlice<String>, environment: (String) -> String?) throws(Invalid) {
        for option in Self.variables.keys.sorted() {
            if let variable = Self.variables[option], let value = environment(variable) {
                try set(option, value, from: variable)
            }
        }
        token = environment("LEADVILLE_TOKEN")
        guard token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) != false else {
            throw Invalid(message: "LEADVILLE_TOKEN contains a space or a character that is not ASCII")
        }
        var rest = arguments
        while let option = rest.popFirst() {
            guard Self.variables[option] != nil else { throw Invalid(message: "unknown option \(option)") }
            guard let value = rest.popFirst() else { throw Invalid(message: "\(option) needs a value") }
            try set(option, value, from: option)
        }
    }

    private mutating func set(_ option: String, _ value: String, from source: String) throws(Invalid) {
        switch option {
        case "--gateway":
            guard let address = HTTPAddress(value) else {
                throw Invalid(message: "\(source) is an address such as http://127.0.0.1:5001, not \"\(value)\"")
            }
            gateway = address
        case "--mongodb": uri = value
        case "--database":
            let invalid = " /\\.\"$*<>:|?"
            guard (1...63).contains(value.utf8.count), !value.contains(where: { invalid.contains($0) }) else {
                throw Invalid(message: "\(source) is a name of 1 to 63 bytes without \(invalid.dropFirst())")
            }
            database = value
        default:
            guard let seconds = Double(value), (0.1...3_600).contains(seconds) else {
                throw Invalid(message: "\(source) is a number of seconds from 0.1 to 3600, not \"\(value)\"")
            }
            interval = Nanoseconds(Int64(seconds * 1e9))
        }
    }
}
