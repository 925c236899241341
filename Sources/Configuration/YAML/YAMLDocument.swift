/// What a text held: one tree of values and everything in it that is refused. After a syntax error the tree is what
/// could be read before it: nothing.
struct YAMLDocument {
    /// Nil when the text holds no value at all, as a file of comments does.
    private(set) var root: YAMLNode?
    private(set) var problems: [YAMLProblem] = []

    init(_ bytes: [UInt8]) {
        guard let parser = LibYAML(bytes) else {
            problems = [YAMLProblem(position: .start, message: "no memory left to read it")]
            return
        }
        var composer = YAMLComposer(parser, text: SourceText(bytes: bytes))
        do throws(YAMLProblem) {
            root = try composer.document()
        } catch {
            composer.problems.append(error)
        }
        problems = composer.problems
    }
}
