import Clocks
import JSON
import MongoDBDocuments

/// Copies what has changed since the last pass.
struct Archive {
    let gateway: GatewayReader
    let server: MongoDBServer
    private var progress: [String: ArchiveProgress] = [:]
    private var nextFullPass: MonotonicTime?

    static let workouts = "workouts"
    static let frames = "pressure_frames"
    static let cursors = "gateway_cursors"
    /// Workouts behind the first page of the list change rarely.
    private static let fullInterval = Nanoseconds.seconds(60)
    /// The frames of one command.
    private static let batchBytes = 8 << 20

    init(gateway: GatewayReader, server: MongoDBServer) {
        self.gateway = gateway
        self.server = server
    }

    mutating func pass() throws {
        let now = SystemClock.monotonic()
        let isFull = nextFullPass.map { now >= $0 } ?? true
        var page = try gateway.list(before: nil)
        try copy(page.workouts)
        while isFull, let next = page.next {
            page = try gateway.list(before: next)
            try copy(page.workouts)
        }
        if isFull { nextFullPass = now + Self.fullInterval }
    }

    private mutating func copy(_ entries: [JSONValue]) throws {
        let ids = entries.compactMap { $0["_id"]?.stringValue }
        try readCursors(of: ids.filter { progress[$0] == nil })
        for entry in entries {
            guard let id = entry["_id"]?.stringValue, let version = WorkoutVersion(entry) else { continue }
            do {
                try copy(id, version)
            } catch let failure as MongoDBServer.Failure {
                guard case .rejected = failure else { throw failure }
                skip(id, "\(failure)")
            } catch let failure as GatewayReader.Failure {
                switch failure {
                // It was deleted meanwhile.
                case .status(404): progress[id]?.rejectedLast()
                case .tooLarge: skip(id, "\(failure)")
                case .unreachable, .invalid, .status: throw failure
                }
            }
        }
    }

    private mutating func skip(_ id: String, _ reason: String) {
        Output.log("Workout \(id) is not copied until it changes: \(reason)")
        progress[id]?.rejectedLast()
    }

    private mutating func readCursors(of ids: [String]) throws {
        guard !ids.isEmpty else { return }
        let found = try server.find(
            MongoDBCommands.find(ids.map { WorkoutDocuments.identifier(.string($0)) }, in: Self.cursors))
        for id in ids { progress[id] = ArchiveProgress(ArchiveCursor()) }
        for cursor in found {
            if let id = cursor["_id"]?["$oid"]?.stringValue { progress[id] = ArchiveProgress(ArchiveCursor(cursor)) }
        }
    }

    private mutating func copy(_ id: String, _ version: WorkoutVersion) throws {
        for step in progress[id]?.steps(version, at: SystemClock.monotonic()) ?? [] {
            switch step {
            case .frames(let first): try copyFrames(of: id, from: first, to: version.frames)
            case .document(let isSettled): try copyDocument(id, isSettled: isSettled)
            }
        }
    }

    private mutating func copyFrames(of id: String, from first: Int64, to end: Int64) throws {
        var next = first
        while next < end {
            let frames = try gateway.frames(of: id, from: next)
            guard !frames.isEmpty else { return }
            var batch: [(id: BSONValue, document: [UInt8])] = []
            var bytes = 0
            for frame in frames {
                let number = frame["frame"]?.integerValue ?? next
                let document = WorkoutDocuments.frame(frame, of: id)
                if bytes + document.count > Self.batchBytes, !batch.isEmpty {
                    try store(batch, of: id, through: number)
                    (batch, bytes) = ([], 0)
                }
                batch.append((.string("\(id):\(number)"), document))
                bytes += document.count
            }
            next += Int64(frames.count)
            try store(batch, of: id, through: next)
        }
    }

    private mutating func store(
        _ frames: [(id: BSONValue, document: [UInt8])], of id: String, through end: Int64
    ) throws {
        try server.write(MongoDBCommands.upsert(frames, into: Self.frames))
        progress[id]?.stored(through: end)
        try storeCursor(of: id)
    }

    private mutating func copyDocument(_ id: String, isSettled: Bool) throws {
        let workout = try gateway.workout(id)
        guard let version = WorkoutVersion(.object(workout)) else {
            throw GatewayReader.Failure.invalid("the workout has no version")
        }
        let document = WorkoutDocuments.workout(workout)
        guard document.count <= WorkoutDocuments.maximumBytes else {
            throw MongoDBServer.Failure.rejected("it has \(document.count) bytes, more than 16 MiB")
        }
        let key = WorkoutDocuments.identifier(.string(id))
        try server.write(MongoDBCommands.upsert(document, id: key, into: Self.workouts))
        progress[id]?.stored(version, isSettled: isSettled, at: SystemClock.monotonic())
        try storeCursor(of: id)
    }

    private func storeCursor(of id: String) throws {
        guard let cursor = progress[id]?.cursor else { return }
        let key = WorkoutDocuments.identifier(.string(id))
        try server.write(MongoDBCommands.upsert(cursor.encoded(id), id: key, into: Self.cursors))
    }
}
