import Events
import JSON

/// Targets as JSON in requests and responses.
package enum TargetJSON {
    package static func write(_ target: RangeTarget, sensors: [String]? = nil, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", target.id)
        writer.member("name", target.name)
        if let location = target.location {
            writer.key("location")
            writer.beginObject()
            writer.member("x", location.x)
            writer.member("y", location.y)
            writer.endObject()
        }
        if let rack = target.rack { writer.member("rack", rack) }
        if let sensors {
            writer.key("sensors")
            writer.beginArray()
            for sensor in sensors { writer.string(sensor) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// A target, and the sensors to assign to it, if given.
    /// - Parameter id: from the path; nil for a new target, whose id is in the object or derived from its name.
    package static func read(
        _ object: JSONObject, id: String?
    ) throws(RangeError) -> (target: RangeTarget, sensors: [String]?) {
        let members = try RequestMembers(object, known: ["id", "name", "location", "rack", "sensors"])
        let name = try members.text("name", longest: 100) ?? nil
        let given = try members.text("id", longest: longestID) ?? nil
        guard let id = id ?? given ?? name.map(self.id(from:)), !id.isEmpty else {
            throw .invalid("a target needs a \"name\" or an \"id\"")
        }
        guard given == nil || given == id else {
            throw .invalid("the \"id\" in the body differs from that in the path")
        }
        guard isID(id) else {
            throw .invalid(
                "an id consists of up to \(longestID) letters, digits, dashes, dots and underscores, not \"\(id)\"")
        }
        var target = RangeTarget(id: id, name: name.flatMap { $0.isEmpty ? nil : $0 } ?? id)
        target.rack = try members.text("rack", longest: 100) ?? nil
        if let place = try members.object("location") {
            let coordinates = try RequestMembers(place, known: ["x", "y"])
            let range = -100_000.0...100_000.0
            guard let x = try coordinates.number("x", in: range), let y = try coordinates.number("y", in: range) else {
                throw .invalid("a \"location\" is {\"x\": number, \"y\": number}")
            }
            target.location = TargetPoint(x: x, y: y)
        }
        return (target, try members.texts("sensors", atMost: 16))
    }

    private static let longestID = 64

    private static func isID(_ text: String) -> Bool {
        text.utf8.count <= longestID
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            } && text != "." && text != ".."
    }

    /// `Popper 1, left` becomes `popper-1-left`.
    private static func id(from name: String) -> String {
        var id = ""
        for scalar in name.lowercased().unicodeScalars.prefix(longestID) {
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                id.unicodeScalars.append(scalar)
            } else if !id.isEmpty, id.last != "-" {
                id.append("-")
            }
        }
        if id.last == "-" { id.removeLast() }
        return id
    }
}
