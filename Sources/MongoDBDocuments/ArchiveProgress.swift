import Clocks
import JSON

/// What the gateway lists of a workout. It differs when anything of the workout has changed.
package struct WorkoutVersion: Equatable, Sendable {
    package let updated: String
    package let frames: Int64

    package init(updated: String, frames: Int64) {
        self.updated = updated
        self.frames = frames
    }

    /// Of an entry of the list, or of a document.
    package init?(_ entry: JSONValue?) {
        guard let updated = entry?["updated_at"]?.stringValue, let frames = entry?["frame_count"]?.integerValue else {
            return nil
        }
        self.init(updated: updated, frames: frames)
    }
}

/// How far a workout is in MongoDB. It is stored there, after what it stands for.
package struct ArchiveCursor: Equatable, Sendable {
    /// The frames with lower numbers are there.
    package var frames: Int64 = 0
    /// The workout's document is there as of this version; nil if a change may be missing.
    package var document: WorkoutVersion?

    package init() {}

    package init(_ stored: JSONValue) {
        frames = stored["frames"]?.integerValue ?? 0
        document = WorkoutVersion(stored["document"])
    }

    package func encoded(_ workout: String) -> [UInt8] {
        var members: [BSONValue.Member] = [
            ("_id", WorkoutDocuments.identifier(.string(workout))), ("frames", .integer(frames)),
        ]
        if let document {
            members.append(
                (
                    "document",
                    .document([("updated_at", .string(document.updated)), ("frame_count", .integer(document.frames))])
                ))
        }
        return BSONValue.encode(members)
    }
}

/// Decides what has to be written of one workout.
package struct ArchiveProgress: Sendable {
    package enum Step: Equatable, Sendable {
        case frames(from: Int64)
        /// - Parameter isSettled: whether the document has been the same for a while, so that no change can be missed.
        case document(isSettled: Bool)
    }

    /// A workout that is still running is written with its frames this often.
    package static let documentInterval = Nanoseconds.seconds(30)

    package private(set) var cursor: ArchiveCursor
    /// What was listed before.
    private var listed: WorkoutVersion?
    private var documentTime: MonotonicTime?
    /// The version that MongoDB does not accept.
    private var rejected: WorkoutVersion?

    package init(_ cursor: ArchiveCursor) {
        self.cursor = cursor
    }

    /// What has to be done, in this order, now that the gateway lists this version.
    package mutating func steps(_ version: WorkoutVersion, at now: MonotonicTime) -> [Step] {
        let isSettled = listed == version
        listed = version
        guard rejected != version else { return [] }
        // Another workout with the same id, or an older one from a backup.
        if version.frames < cursor.frames { cursor = ArchiveCursor() }
        var steps: [Step] = []
        if version.frames > cursor.frames { steps.append(.frames(from: cursor.frames)) }
        guard cursor.document != version else { return steps }
        let isDue = documentTime.map { now - $0 >= Self.documentInterval } ?? true
        if isSettled || isDue { steps.append(.document(isSettled: isSettled)) }
        return steps
    }

    package mutating func stored(through frames: Int64) {
        cursor.frames = frames
    }

    package mutating func stored(_ version: WorkoutVersion, isSettled: Bool, at now: MonotonicTime) {
        documentTime = now
        cursor.document = isSettled && version == listed ? version : nil
    }

    /// Nothing more is tried until the workout changes.
    package mutating func rejectedLast() {
        rejected = listed
    }
}
