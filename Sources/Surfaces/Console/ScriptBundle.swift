/// Joins a module and all that it imports into one script, so that a page needs one request for its code while its
/// modules stay plain files that a browser can also load one by one.
///
/// Each module becomes a function that returns its exports. Imports are one line each, `import { a, b as c } from './x.js';`
/// or `import '/x.js';`; exports are declarations, `export function f() {`. Comments and indentation, which are an eighth of
/// what a first visit transfers, are left out: no line of a module is the inside of a string.
struct ScriptBundle {
    enum ModuleError: Error, Hashable {
        case unknown(String)
        case imports(line: String)
        case exports(line: String)
        /// Modules that import each other.
        case cycle(String)
    }

    private let contents: (String) -> [UInt8]?
    private var output: [UInt8] = []
    /// The variable with the exports of each module; nil while the module is being written.
    private var variables: [String: String?] = [:]
    private var writtenModules = 0

    /// - Parameter contents: of the module with a file name; nil if there is none.
    static func join(_ entry: String, of contents: @escaping (String) -> [UInt8]?) throws(ModuleError) -> [UInt8] {
        var bundle = Self(contents)
        _ = try bundle.add(entry)
        return bundle.output
    }

    private init(_ contents: @escaping (String) -> [UInt8]?) {
        self.contents = contents
    }

    /// Writes the module after those that it imports, once. Returns the variable with its exports.
    private mutating func add(_ name: String) throws(ModuleError) -> String {
        if let variable = variables[name] {
            guard let variable else { throw .cycle(name) }
            return variable
        }
        guard let bytes = contents(name) else { throw .unknown(name) }
        variables[name] = .some(nil)
        var body: [UInt8] = []
        var exports: [String] = []
        for line in bytes.split(separator: 0x0A).map({ $0.drop { $0 == UInt8(ascii: " ") } }) {
            if line.isEmpty || line.starts(with: "//".utf8) { continue }
            if line.starts(with: "import ".utf8) {
                try addImport(String(decoding: line, as: UTF8.self), to: &body)
            } else if line.starts(with: "export ".utf8) {
                let declaration = line.dropFirst("export ".utf8.count)
                exports.append(try Self.declaredName(String(decoding: declaration, as: UTF8.self)))
                body += declaration
            } else {
                body += line
            }
            body.append(0x0A)
        }
        writtenModules += 1
        let variable = "m\(writtenModules)"
        output += "const \(variable) = (() => {\n".utf8
        output += body
        output += "return { \(exports.joined(separator: ", ")) };\n})();\n".utf8
        variables[name] = variable
        return variable
    }

    private mutating func addImport(_ line: String, to body: inout [UInt8]) throws(ModuleError) {
        let quoted = line.split(separator: "'", omittingEmptySubsequences: false)
        guard quoted.count == 3, quoted[2] == ";" else { throw .imports(line: line) }
        let variable = try add(String(quoted[1].drop { $0 == "." || $0 == "/" }))
        let clause = quoted[0].dropFirst("import ".count)
        guard !clause.isEmpty else { return }
        guard clause.hasPrefix("{ "), clause.hasSuffix(" } from ") else { throw .imports(line: line) }
        let names = clause.dropLast(" from ".count).split(separator: " as ").joined(separator: ": ")
        body += "const \(names) = \(variable);".utf8
    }

    private static func declaredName(_ declaration: String) throws(ModuleError) -> String {
        var words = declaration.split(separator: " ")[...]
        if words.first == "async" { words = words.dropFirst() }
        guard words.count > 1, ["function", "const", "class"].contains(words.removeFirst()), let name = words.first
        else {
            throw .exports(line: declaration)
        }
        return String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" })
    }
}
