import Bluetooth
import Devices
import JSON
import Text

/// The results of a scan, as a table or as JSON.
package struct ScanReport: Hashable, Sendable {
    /// A device or port.
    package struct Line: Hashable, Sendable {
        /// `hci0`, or `serial`.
        let place: String
        let id: String
        let name: String?
        /// In dBm.
        let signal: Int?
        /// The device's family; nil if unknown.
        let family: String?
        /// `certain`, `likely` or `possible`; nil if unknown.
        let confidence: String?
        let reason: String
        let services: [String]
    }

    package var lines: [Line] = []
    /// What could not be scanned, and what to do.
    package var problems: [String] = []

    package var text: String {
        let head = ["WHERE", "ID", "SIGNAL", "NAME", "DEVICE", "REASON", "SERVICES"]
        let rows = lines.map { line in
            [
                line.place, line.id, line.signal.map { "\($0) dBm" } ?? "", PlainText.string(line.name ?? ""),
                line.family.map { family in line.confidence.map { "\(family) (\($0))" } ?? family } ?? "unknown",
                PlainText.string(line.reason), line.services.joined(separator: " "),
            ]
        }
        let table = [head] + rows
        let widths = head.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("found")
        writer.beginArray()
        for line in lines {
            writer.beginObject()
            writer.member("where", line.place)
            writer.member("id", line.id)
            if let name = line.name { writer.member("name", name) }
            if let signal = line.signal { writer.member("signal", signal) }
            if let family = line.family { writer.member("family", family) }
            if let confidence = line.confidence { writer.member("confidence", confidence) }
            writer.member("because", line.reason)
            writer.key("services")
            writer.beginArray()
            for service in line.services { writer.string(service) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("troubles")
        writer.beginArray()
        for problem in problems { writer.string(problem) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}

extension ScanReport.Line {
    init(_ device: DiscoveredDevices.Device, adapter: UInt16) {
        place = "hci\(adapter)"
        id = "\(device.address)"
        name = device.data.name
        signal = device.signal.map { Int($0) }
        services = device.data.services.map { service in
            service.short.map { Hexadecimal.text(UInt64($0), digits: 4) } ?? "\(service)"
        }
        switch device.verdict {
        case .device(let family, let confidence, let reason):
            self.family = family.rawValue
            self.confidence = "\(confidence)"
            self.reason = reason
        case .unsupported(let reason): (family, confidence, self.reason) = (nil, nil, "not supported: \(reason)")
        case .unknown: (family, confidence, reason) = (nil, nil, "no rule matches")
        }
    }
}
