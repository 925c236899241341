import Foundation

/// Copies of this process's descriptors of a file, as a child process has them until it executes its program.
package func copiesOfDescriptors(of path: String) -> [Int32] {
    let folder = "/proc/self/fd"
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return numbers.filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path }
        .compactMap { Int32($0).map { dup($0) } }
}
