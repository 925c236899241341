/// What the board prints on its serial port at 115,200 baud: text for people, lines ended by CR LF.
struct HeartBoardSerialOutput: Sendable {
    /// Off when nobody listens: the board prints some ninety lines a second.
    var isRecording = false
    private var recorded: [UInt8] = []

    mutating func drain() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &recorded)
        return taken
    }

    /// The chip's own words after a reset, then the firmware's.
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
