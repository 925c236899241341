import Clocks
import Devices
import JSON

extension DecoderReject {
    /// The reject as vectors.jsonl writes it.
    var asVector: JSONValue {
        .members(("refused", .string(reason.rawValue)), ("bytes", .count(byteCount)))
    }
}

extension Nanoseconds {
    var asVector: JSONValue { .number(inSeconds) }
}

extension AMGReading {
    /// The reading as vectors.jsonl writes it.
    var asVector: JSONValue {
        switch self {
        case .push(let push):
            .members(
                ("push", push.state.asVector), ("shot", .count(push.shot)), ("total", .count(push.total)),
                ("time", push.time.asVector), ("split", push.split.asVector), ("first", push.first.asVector),
                ("last", push.last.asVector), ("string", .count(push.string)))
        case .screen(let screen):
            .members(
                ("screen", screen.state.asVector), ("shot", .count(screen.shot)), ("total", .count(screen.total)),
                ("time", screen.time.asVector), ("split", screen.split.asVector), ("first", screen.first.asVector),
                ("last", screen.last.asVector))
        case .list(let list):
            .members(("list", .array(list.times.map(\.asVector))), ("end", .string(list.end.rawValue)))
        case .text(let text): text.asVector
        case .refused(let reject): reject.asVector
        }
    }
}

extension AMGState {
    fileprivate var asVector: JSONValue {
        switch self {
        case .shot: .string("shot")
        case .started: .string("started")
        case .stopped: .string("stopped")
        case .other(let code): .count(Int(code))
        }
    }
}

extension AMGText {
    fileprivate var asVector: JSONValue {
        switch self {
        case .shot(let shot, let total): .members(("shot", .count(shot)), ("of", .count(total)))
        case .time(let time): .members(("text_time", time.asVector))
        case .split(let time): .members(("text_split", time.asVector))
        case .firstShot(let time): .members(("text_first", time.asVector))
        case .lastShot(let time): .members(("text_last", time.asVector))
        case .other(let text): .members(("text", .string(text)))
        }
    }
}
