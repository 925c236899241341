import Clocks
import JSON

/// The documents of workouts in MongoDB, made of what the gateway's API answers.
package enum WorkoutDocuments {
    /// The maximum size of a document of MongoDB, less room for the command around it.
    package static let maximumBytes = (16 << 20) - 4_096
    /// What the frames inside a workout's document may take.
    package static let maximumFrameBytes = 8 << 20

    /// A workout as the original stores it, with its first frames inside.
    package static func workout(_ workout: JSONObject) -> [UInt8] {
        var members: [BSONValue.Member] = []
        var frames: [BSONValue] = []
        var isTruncated = workout["pressure_frames_truncated"]?.booleanValue == true
        for (name, value) in workout.members {
            switch name {
            case "_id": members.append((name, identifier(value)))
            case "created_at", "updated_at": members.append((name, date(value)))
            case "pressure_frames_truncated": break
            case "pressure_frames":
                var size = 0
                for frame in value.arrayValue ?? [] {
                    let document = BSONValue.encode(self.frame(frame))
                    size += document.count
                    guard size <= maximumFrameBytes else {
                        isTruncated = true
                        break
                    }
                    frames.append(.encoded(document))
                }
            default: members.append((name, .json(value)))
            }
        }
        members.append(("pressure_frames", .array(frames)))
        if isTruncated { members.append(("pressure_frames_truncated", .boolean(true))) }
        return BSONValue.encode(members)
    }

    /// A frame as a document of its own. Its id is that of the workout and its number, so that it is never there twice.
    package static func frame(_ frame: JSONValue, of workout: String) -> [UInt8] {
        let number = frame["frame"]?.integerValue ?? 0
        let head: [BSONValue.Member] = [
            ("_id", .string("\(workout):\(number)")), ("workout_id", identifier(.string(workout))),
        ]
        return BSONValue.encode(head + self.frame(frame))
    }

    private static func frame(_ frame: JSONValue) -> [BSONValue.Member] {
        (frame.objectValue?.members ?? []).map { name, value in
            (name, name == "received" ? date(value) : .json(value))
        }
    }

    /// The twelve bytes that 24 hexadecimal digits stand for; other values are kept as they are.
    package static func identifier(_ value: JSONValue) -> BSONValue {
        let digits = (value.stringValue ?? "").utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 24, value.stringValue?.utf8.count == 24 else { return .json(value) }
        return .objectID(stride(from: 0, to: 24, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    private static func date(_ value: JSONValue) -> BSONValue {
        guard let time = value.stringValue.flatMap(ISO8601.parse) else { return .json(value) }
        return .date(time.nanoseconds / 1_000_000)
    }
}

/// Commands of MongoDB.
package enum MongoDBCommands {
    /// Replaces one document, or inserts it.
    package static func upsert(_ document: [UInt8], id: BSONValue, into collection: String) -> [UInt8] {
        upsert([(id, document)], into: collection)
    }

    package static func upsert(_ documents: [(id: BSONValue, document: [UInt8])], into collection: String) -> [UInt8] {
        BSONValue.encode([
            ("update", .string(collection)), ("ordered", .boolean(false)),
            (
                "updates",
                .array(
                    documents.map { id, document in
                        .document([
                            ("q", .document([("_id", id)])), ("u", .encoded(document)), ("upsert", .boolean(true)),
                        ])
                    })
            ),
        ])
    }

    /// At most as many documents as there are ids.
    package static func find(_ ids: [BSONValue], in collection: String) -> [UInt8] {
        BSONValue.encode([
            ("find", .string(collection)),
            ("filter", .document([("_id", .document([("$in", .array(ids))]))])),
            ("limit", .integer(Int64(ids.count))), ("singleBatch", .boolean(true)),
        ])
    }
}
