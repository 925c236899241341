/// What the firmware sends once a second, to the byte: keys in this order, no spaces.
struct HeartBoardDatagram: Sendable {
    let user: Int
    let rate: Int
    let milliseconds: UInt32
    let signalStrength: Int
    let infrared: Int
    let red: Int

    func bytes() -> [UInt8] {
        text(user: "\(user)", rate: "\"bpm\":\(rate),")
    }

    /// The same, broken.
    func bytes(malformed: HeartBoardFault.Malformation) -> [UInt8] {
        switch malformed {
        case .truncated: Array(bytes().prefix(70))
        case .terminatedByNUL: bytes() + [0]
        case .twoObjects: bytes() + bytes()
        case .userOfWrongType: text(user: "[\(user)]", rate: "\"bpm\":\(rate),")
        case .rateOfWrongType: text(user: "\(user)", rate: "\"bpm\":\"\(rate)\",")
        case .rateMissing: text(user: "\(user)", rate: "")
        case .rateNotANumber: text(user: "\(user)", rate: "\"bpm\":NaN,")
        case .notUTF8: Array(bytes().dropLast(2)) + [0xFF, 0xFE] + Array("\"}".utf8)
        case .commaSeparated: Array("\(user),\(rate),\(milliseconds)".utf8)
        case .empty: []
        }
    }

    private func text(user: String, rate: String) -> [UInt8] {
        let finger = infrared > HeartBeatDetector.fingerLevel
        return Array(
            """
            {"user":\(user),\(rate)"timestamp":\(milliseconds),"signal_strength":\(signalStrength),\
            "ir_value":\(infrared),"red_value":\(red),"finger_detected":\(finger),"sensor_type":"MAX30102"}
            """.utf8)
    }
}
