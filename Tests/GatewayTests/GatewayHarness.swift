import Configuration
import Foundation
import Reactor

@testable import Gateway

/// Assembles a gateway with all surfaces in a directory of its own, without opening its ports.
@ReactorActor
func withGateway(
    _ change: (inout Configuration) -> Void = { _ in }, _ body: (Gateway) throws -> Void
) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    var configuration = Configuration()
    configuration.stateDirectory = directory.path
    change(&configuration)
    let gateway = try await Gateway(ResolvedConfiguration(configuration))
    let result = Result { try body(gateway) }
    await gateway.shutDown()
    try result.get()
}
