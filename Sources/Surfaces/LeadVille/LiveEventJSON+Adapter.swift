import Events
import JSON

/// The radio itself, as a status.
extension LiveEventJSON {
    static func write(_ adapter: AdapterEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", adapter.change.name, stamp, to: &writer)
        writer.member("message", message(adapter))
        writer.key("data")
        writer.beginObject()
        writer.member("adapter", adapter.adapter)
        switch adapter.change {
        case .ready, .removed, .recovered: break
        case .failed(let trouble, _): writer.member("trouble", trouble)
        case .recovering(let remedy): writer.member("remedy", remedy)
        }
        writer.endObject()
        end(stamp, to: &writer)
    }

    private static func message(_ adapter: AdapterEvent) -> String {
        let name = "The Bluetooth adapter \(adapter.adapter)"
        return switch adapter.change {
        case .ready: "\(name) is ready"
        case .removed: "\(name) is gone"
        case .failed(_, let detail): "\(name) is in trouble: \(detail)"
        case .recovering(let remedy): "\(name) is helped by \(remedy)"
        case .recovered: "\(name) works again"
        }
    }
}
