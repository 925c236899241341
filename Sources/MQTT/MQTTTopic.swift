/// The names of topics, whose levels are separated by `/`.
package enum MQTTTopic {
    /// A text as one level of a topic: letters, digits, `-` and `_`; all else becomes `_`.
    package static func level(_ text: String) -> String {
        let characters = text.utf8.map { byte -> UInt8 in
            let isAllowed =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            return isAllowed ? byte : UInt8(ascii: "_")
        }
        return characters.isEmpty ? "_" : String(decoding: characters, as: UTF8.self)
    }
}
