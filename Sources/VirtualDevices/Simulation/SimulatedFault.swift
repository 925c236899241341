import Events

/// What can go wrong with virtual devices on request, by the names that people use.
package enum SimulatedFault: String, CaseIterable, Sendable {
    case pushOff = "push-off"
    case lost
    case reset
    case smallMTU = "small-mtu"
    case droppedBytes = "dropped-bytes"
    case modeSwitch = "mode-switch"
    case noContact = "no-contact"
    case wideRates = "wide-rates"
    case countsFromZero = "counts-from-zero"
    case noise
    case halfFrame = "half-frame"
    case falseHeaders = "false-headers"
    case deadCell = "dead-cell"
    case stuckCell = "stuck-cell"
    case finger
    case range
    case dropout
    case reboot
    case malformed
    case missingAxis = "missing-axis"
    case missingTime = "missing-time"
    case twice
    case late
    case nullSession = "null-session"
    case truncated
    case test

    package static func all(of device: DeviceFamily) -> [SimulatedFault] {
        switch device {
        case .amgCommander: [.pushOff, .lost, .reset]
        case .bt50: [.smallMTU, .droppedBytes, .modeSwitch, .reset]
        case .esp32Heart: [.finger, .range, .dropout, .reboot, .malformed]
        case .heartStrap: [.noContact, .wideRates]
        case .pressureMat: [.droppedBytes, .noise, .halfFrame, .falseHeaders, .deadCell, .stuckCell, .reset]
        case .sensorLogger: [.lost, .twice, .late, .truncated, .missingAxis, .missingTime, .nullSession, .test]
        case .sgTimer: []
        case .specialPie: [.countsFromZero]
        }
    }

    /// Whether a script can set it to a time. The others are how a device is, or come by chance alone.
    package func canBeScheduled(on device: DeviceFamily) -> Bool {
        switch self {
        case .pushOff, .smallMTU, .wideRates, .countsFromZero: false
        case .lost: device != .amgCommander
        case .droppedBytes: device != .bt50
        default: true
        }
    }

    /// For people.
    package var summary: String {
        switch self {
        case .pushOff: "it says nothing by itself, and is asked for its screen every second"
        case .lost: "some of what it sends never arrives"
        case .reset: "it starts again, and what it had counted is gone"
        case .smallMTU: "nobody has raised the MTU, so that notifications end after 20 bytes"
        case .droppedBytes: "bytes are missing in the middle"
        case .modeSwitch: "it is told to measure amplitudes, and momentary values, in turn"
        case .noContact: "the strap has lost the skin"
        case .wideRates: "rates have 16 bits"
        case .countsFromZero: "the first shot is number 0"
        case .noise: "bytes that nobody sent stand before a frame"
        case .halfFrame: "a frame breaks off in the middle"
        case .falseHeaders: "cells look like a header or a trailer"
        case .deadCell: "a cell feels nothing"
        case .stuckCell: "a cell is pressed with all there is"
        case .finger: "the finger is lifted"
        case .range: "a rate that no heart has"
        case .dropout: "the wireless network is gone for seconds"
        case .reboot: "the board starts again, and its clock with it"
        case .malformed: "a message is not what it should be"
        case .missingAxis: "a reading lacks an axis"
        case .missingTime: "a reading has no time"
        case .twice: "a message arrives twice"
        case .late: "a message arrives behind the next one"
        case .nullSession: "a message names no session"
        case .truncated: "a message is cut off"
        case .test: "somebody taps on the app's test button"
        }
    }
}
