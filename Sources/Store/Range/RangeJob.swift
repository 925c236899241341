import Clocks

/// One thing that the thread of the range's file is asked to do. There is never more than one under way.
package enum RangeJob: Equatable, Sendable {
    case open(moveAside: StoreError?)
    case commit([RangeWrite])
    case close
}

/// How a job ended. After a failure the file has been let go of.
package enum RangeOutcome: Equatable, Sendable {
    case opened(StoredRangeState)
    case committed
    case closed
    case failed(StoreError)
}

/// What was found, or begun, when the range's file was opened.
package struct StoredRangeState: Equatable, Sendable {
    package struct Document: Equatable, Sendable {
        package let shelf: DocumentKind
        package let name: String
        package let body: [UInt8]
    }

    package var documents: [Document] = []
    /// What the run at hand was made of, in order.
    package var inputs: [[UInt8]] = []
    package var lastInput: Int64 = 0
    /// The highest number that a run ever had.
    package var lastRun: Int64 = 0
    package var wasCreated = false
    /// Where the damaged file was moved to.
    package var movedAside: String?

    package init() {}
}
