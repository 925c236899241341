/// The prepared statements that change the collections other than events.
final class WriteStatements {
    private let putRun: SQLiteStatement
    private let deleteRun: SQLiteStatement
    private let putDocument: SQLiteStatement
    private let deleteDocument: SQLiteStatement
    private let putExplanation: SQLiteStatement
    private let putInput: SQLiteStatement
    private let deleteInputs: SQLiteStatement
    private let putRecording: SQLiteStatement
    let workouts: WorkoutStatements
    private let motion: MotionStatements

    init(_ database: SQLiteDatabase) throws(SQLiteError) {
        putRun = try database.prepare(
            """
            INSERT INTO run(number, id, started_ns, timer, shooter, stage, state, body)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT(id) DO UPDATE SET shooter = excluded.shooter, stage = excluded.stage, state = excluded.state,
                started_ns = excluded.started_ns, body = excluded.body
            """, activity: "writing a run")
        deleteRun = try database.prepare("DELETE FROM run WHERE id = ?1", activity: "deleting a run")
        putDocument = try database.prepare(
            """
            INSERT INTO document(kind, name, body) VALUES(?1, ?2, ?3)
            ON CONFLICT(kind, name) DO UPDATE SET body = excluded.body
            """, activity: "writing a document")
        deleteDocument = try database.prepare(
            "DELETE FROM document WHERE kind = ?1 AND name = ?2", activity: "deleting a document")
        putExplanation = try database.prepare(
            """
            INSERT INTO explanation(event, body) VALUES(?1, ?2) ON CONFLICT(event) DO UPDATE SET body = excluded.body
            """, activity: "writing an explanation")
        putInput = try database.prepare(
            "INSERT INTO input(number, body) VALUES(?1, ?2) ON CONFLICT(number) DO NOTHING",
            activity: "writing an input of a run")
        deleteInputs = try database.prepare(
            "DELETE FROM input WHERE number <= ?1", activity: "deleting the inputs of a run")
        putRecording = try database.prepare(
            """
            INSERT INTO recording(name, sensor, started_ns, body) VALUES(?1, ?2, ?3, ?4)
            ON CONFLICT(name) DO UPDATE SET body = excluded.body
            """, activity: "writing a recording")
        workouts = try WorkoutStatements(database)
        motion = try MotionStatements(database)
    }

    func perform(_ change: StoreWrite) throws(SQLiteError) {
        switch change {
        case .run(let run): try put(run)
        case .deleteRun(let id):
            try deleteRun.bind(id, at: 1)
            try deleteRun.run()
        case .document(let kind, let name, let body?):
            try putDocument.bind(kind.rawValue, at: 1)
            try putDocument.bind(name, at: 2)
            try putDocument.bind(text: body, at: 3)
            try putDocument.run()
        case .document(let kind, let name, nil):
            try deleteDocument.bind(kind.rawValue, at: 1)
            try deleteDocument.bind(name, at: 2)
            try deleteDocument.run()
        case .explanation(let event, let body):
            try putExplanation.bind(Int64(clamping: event), at: 1)
            try putExplanation.bind(text: body, at: 2)
            try putExplanation.run()
        case .input(let number, let body):
            try putInput.bind(number, at: 1)
            try putInput.bind(text: body, at: 2)
            try putInput.run()
        case .deleteInputs(let number):
            try deleteInputs.bind(number, at: 1)
            try deleteInputs.run()
        case .recording(let recording): try put(recording)
        case .workout(let workout): try workouts.insert(workout)
        case .workoutChange(let change): try workouts.change(change)
        case .deleteWorkout(let id): try workouts.delete(id)
        case .frames(let frames): try workouts.insert(frames)
        case .motion(let recording): try motion.insert(recording)
        case .renameMotion(let id, let name): try motion.rename(id, to: name)
        case .deleteMotion(let id): try motion.delete(id)
        }
    }

    private func put(_ run: StoredRun) throws(SQLiteError) {
        try putRun.bind(run.number, at: 1)
        try putRun.bind(run.id, at: 2)
        try putRun.bind(run.started.nanoseconds, at: 3)
        try putRun.bind(run.timer, at: 4)
        try putRun.bind(run.shooter, at: 5)
        try putRun.bind(run.stage, at: 6)
        try putRun.bind(run.state, at: 7)
        try putRun.bind(text: run.body, at: 8)
        try putRun.run()
    }

    private func put(_ recording: StoredRecording) throws(SQLiteError) {
        try putRecording.bind(recording.name, at: 1)
        try putRecording.bind(recording.sensor, at: 2)
        try putRecording.bind(recording.started.nanoseconds, at: 3)
        try putRecording.bind(blob: recording.body, at: 4)
        try putRecording.run()
    }
}
