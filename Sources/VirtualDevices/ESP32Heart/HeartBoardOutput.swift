/// The datagram that the firmware sends once per second, with its exact key order and spacing.
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

    /// A malformed variant of the datagram.
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

/// The board's serial output at 115,200 baud: log lines that end with CR LF.
struct HeartBoardSerialOutput: Sendable {
    /// Off while the output is not needed, since the board prints about ninety lines per second.
    var isRecording = false
    private var recorded: [UInt8] = []

    mutating func drain() -> [UInt8] {
        var output: [UInt8] = []
        swap(&output, &recorded)
        return output
    }

    /// The messages of the boot loader and of the firmware after a reset.
    mutating func printBootMessages(user: Int) {
        print("ets Jun  8 2016 00:22:57\r\n")
        print("rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)")
        print("entry 0x400805cc")
        print("MAX30102 Heart Rate Monitor - Device \(user)")
        print("MAX30102 found and initialized!")
        print("Sensor configured with higher LED power for better detection")
        write("Connecting to WiFi...")
        print("")
        print("[  1043][I][WiFiGeneric.cpp:929] _eventCallback(): STA connected")
        print("WiFi connected!")
        print("IP address: 192.168.1.\(100 + user)")
        print("Device \(user) initialized with MAX30102")
        print("UDP Target: 192.168.1.100:8888")
    }

    mutating func printContact(infrared: Int) {
        if infrared >= 50_000 {
            print("Good finger contact! IR Value: \(infrared)")
        } else {
            let isWeak = infrared >= HeartBeatDetector.fingerLevel
            print(isWeak ? "Weak finger contact - press firmer" : "No finger detected - place finger on sensor")
            print("IR Value: \(infrared)")
        }
    }

    mutating func printBeat(rate: Int) {
        print("Heartbeat detected! BPM: \(rate)")
    }

    mutating func printSent(_ datagram: [UInt8]) {
        guard isRecording else { return }
        write("Sent: ")
        recorded += datagram
        print("")
    }

    mutating func printReconnecting(dots: Int) {
        print("WiFi disconnected, attempting reconnect...")
        write(String(repeating: ".", count: dots))
        print("")
    }

    private mutating func print(_ line: @autoclosure () -> String) {
        write(line() + "\r\n")
    }

    private mutating func write(_ text: @autoclosure () -> String) {
        guard isRecording else { return }
        recorded += text().utf8
    }
}
