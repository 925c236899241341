import Events

/// Takes off what a mat shows when nobody stands on it: its own weight, a fold, cells that never come to rest.
///
/// While it learns, frames pass as they are. What counts as rest is the least that a cell has said; a cell that is under
/// much pressure all that time has somebody on it, and is left as it is.
package struct PressureTare: Sendable {
    /// More than this is no rest.
    package static let maximumRest = 30.0

    private var framesLeft: Int
    private var rest: [Double] = []

    /// 0 takes nothing off.
    package init(frames: Int) {
        framesLeft = max(0, frames)
    }

    package var isLearning: Bool { framesLeft > 0 }

    /// Forgets what was learnt, and learns from the next frames.
    package mutating func begin(frames: Int) {
        self = Self(frames: frames)
    }

    /// Learns from a frame, or takes the rest off it.
    package mutating func apply(to cells: inout [Double]) {
        if framesLeft > 0 {
            learn(from: cells)
        } else if rest.count == cells.count {
            for index in cells.indices where cells[index] > 0 && rest[index] > 0 {
                // Full pressure stays full pressure.
                cells[index] = max(0, cells[index] - rest[index]) * 100 / (100 - rest[index])
            }
        }
    }

    private mutating func learn(from cells: [Double]) {
        if rest.count != cells.count {
            rest = cells
        } else {
            for index in cells.indices { rest[index] = min(rest[index], cells[index]) }
        }
        framesLeft -= 1
        guard framesLeft == 0 else { return }
        for index in rest.indices where rest[index] > Self.maximumRest { rest[index] = 0 }
    }
}
