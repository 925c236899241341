import JSON
import QRCode
import Reactor
import ShootingRange
import Store

/// A Wi-Fi network of the gateway's own, for a range without one.
package struct AccessPoint: Hashable, Sendable {
    package let name: String
    package let password: String
    /// Nil: NetworkManager chooses the adapter.
    package let interface: String?

    package enum Invalid: String, Error, CustomStringConvertible {
        case name, password, interface

        package var description: String {
            switch self {
            case .name: "the name is 1 to 32 letters, digits, spaces, dots, hyphens and underscores, such as LeadVille"
            case .password: "the password is 8 to 63 letters, digits and characters of !#$%&*+-./=?@^_~"
            case .interface: "the interface is the name of a Wi-Fi adapter, such as wlan0"
            }
        }
    }

    package init(name: String, password: String, interface: String?) throws(Invalid) {
        guard (1...32).contains(name.utf8.count), name.utf8.allSatisfy({ Self.isWord($0) || $0 == 0x20 }),
            name.first != " ", name.last != " "
        else { throw .name }
        guard (8...63).contains(password.utf8.count),
            password.utf8.allSatisfy({ Self.isWord($0) || "!#$%&*+/=?@^~".utf8.contains($0) })
        else { throw .password }
        guard interface.map({ (1...15).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isWord) }) ?? true else {
            throw .interface
        }
        self.name = name
        self.password = password
        self.interface = interface
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Twelve characters that cannot be mistaken for each other when they are typed: 58 bits.
    package static func randomPassword() -> String {
        let characters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return String((0..<12).map { _ in characters[Int.random(in: characters.indices)] })
    }

    /// What a phone's camera understands as "join this network".
    package var joinText: String { "WIFI:T:WPA;S:\(Self.escaped(name));P:\(Self.escaped(password));;" }

    /// A text of these lengths always fits.
    package var code: QRCode? { QRCode(Array(joinText.utf8)) }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "\\;,:\"".contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    /// The connection as NetworkManager stores it. The name and the password contain nothing that its format would escape.
    package var connectionFile: String {
        """
        [connection]
        id=\(Self.connectionName)
        type=wifi
        autoconnect=true
        \(interface.map { "interface-name=\($0)\n" } ?? "")
        [wifi]
        mode=ap
        band=bg
        ssid=\(name)

        [wifi-security]
        key-mgmt=wpa-psk
        proto=rsn
        pairwise=ccmp
        group=ccmp
        psk=\(password)

        [ipv4]
        method=shared

        [ipv6]
        method=disabled

        """
    }

    /// By which NetworkManager knows the connection.
    package static let connectionName = "leadville-gateway"
}

/// The network in the state directory, so that the gateway can show how to join it. The command writes it, the gateway reads it.
package struct AccessPointFile: Sendable {
    package struct Content: Hashable, Sendable {
        package var point: AccessPoint
        /// Whether the command has switched it on last.
        package var isOn: Bool

        package init(point: AccessPoint, isOn: Bool) {
            self.point = point
            self.isOn = isOn
        }
    }

    private let file: StateFile

    package init(directory: String) {
        file = StateFile("access-point.json", in: directory)
    }

    /// Nil if there is none, or it is damaged.
    package func read() throws(SystemError) -> Content? {
        guard let bytes = try file.read(), let value = try? JSONValue(parsing: bytes, limits: .stored),
            let name = value["name"]?.stringValue, let password = value["password"]?.stringValue,
            let isOn = value["on"]?.booleanValue,
            let point = try? AccessPoint(name: name, password: password, interface: value["interface"]?.stringValue)
        else { return nil }
        return Content(point: point, isOn: isOn)
    }

    package func write(_ content: Content) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", content.point.name)
        writer.member("password", content.point.password)
        if let interface = content.point.interface { writer.member("interface", interface) }
        writer.member("on", content.isOn)
        writer.endObject()
        let bytes = writer.finish()
        try file.replace { _ in bytes }
    }
}
