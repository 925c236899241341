import Clocks

/// A new workout.
package struct StoredWorkout: Hashable, Sendable {
    package let id: String
    package let created: WallTime
    package let document: WorkoutDocument

    package init(id: String, created: WallTime, document: WorkoutDocument) {
        self.id = id
        self.created = created
        self.document = document
    }
}

/// Members of a workout's document that are added or replaced.
package struct WorkoutChange: Hashable, Sendable {
    package let id: String
    /// Distinguishes the changes of this process: none of them replaces another.
    package let number: UInt64
    package let time: WallTime
    package let members: WorkoutDocument

    package init(id: String, number: UInt64, time: WallTime, members: WorkoutDocument) {
        self.id = id
        self.number = number
        self.time = time
        self.members = members
    }
}

/// Frames of a workout in a row of their own, encoded.
package struct StoredFrames: Hashable, Sendable {
    package let workout: String
    /// The number of the first frame; the first of a workout has the number 0.
    package let first: Int64
    package let count: Int
    /// When the last of them was received.
    package let time: WallTime
    package let bytes: [UInt8]

    package init(workout: String, first: Int64, count: Int, time: WallTime, bytes: [UInt8]) {
        self.workout = workout
        self.first = first
        self.count = count
        self.time = time
        self.bytes = bytes
    }

    /// The last frame must have a number below this one.
    package static let maximumCount: Int64 = 1 << 32
}

/// A workout as it was found.
package struct WorkoutEntry: Hashable, Sendable {
    /// Increases from workout to workout.
    package let number: Int64
    package let id: String
    package let created: WallTime
    /// The later one of the last change and the last frame.
    package let updated: WallTime
    package let frames: Int64
    /// The document, or in a list its summary, as a JSON object.
    package let document: [UInt8]
}

/// Workouts, newest first.
package struct WorkoutPage: Hashable, Sendable {
    package var entries: [WorkoutEntry] = []
    /// Where the next page begins; nil on the last page.
    package var next: Int64?
    /// How many workouts there are.
    package var total: Int64 = 0

    package init() {}
}
