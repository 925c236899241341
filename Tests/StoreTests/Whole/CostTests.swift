import Testing

@Suite("What the journal costs", .timeLimit(.minutes(5))) struct CostTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("appending takes next to no memory of the reactor: an alarm for each commit, nothing for each entry")
    func appending() throws {
        let tool = try ChildTool("store-costs", [folder.journal, "--only-appending"])
        #expect(tool.waitForExit() == 0)
        let allocations = try #require(tool.text(after: "append-allocations").flatMap { Double($0) })
        #if DEBUG
            // Without optimisation one value of each append is boxed.
            #expect(allocations < 1.2)
        #else
            #expect(allocations < 0.1)
        #endif
    }
}
