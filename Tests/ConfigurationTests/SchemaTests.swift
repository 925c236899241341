import Testing

@testable import Configuration

@Suite("The schema") struct SchemaTests {
    let schema = Schema.gateway

    @Test("paths, variables and sections are unique and told")
    func consistent() {
        #expect(Set(schema.settings.map(\.path)).count == schema.settings.count)
        #expect(Set(schema.settings.map(\.environmentVariable)).count == schema.settings.count)
        for setting in schema.settings {
            #expect(setting.documentation.hasSuffix("."), "\(setting.path)")
            #expect(schema.setting(setting.path) != nil && !schema.isSection(setting.path))
            #expect(setting.sectionPath.isEmpty || schema.section(setting.sectionPath) != nil, "\(setting.path)")
        }
        for section in schema.sections { #expect(schema.isSection(section.path), "\(section.path)") }
    }

    /// Every stored value of a configuration, found without the schema's help.
    static func leaves(_ value: Any, _ path: String = "") -> [String] {
        let mirror = Mirror(reflecting: value)
        let isSection =
            mirror.displayStyle == .struct && "\(type(of: value))" != "Nanoseconds"
            && "\(type(of: value))" != "String"
        guard isSection else { return [path] }
        return mirror.children.flatMap { leaves($0.value, path + "." + ($0.label ?? "")) }
    }

    @Test("every field of the configuration has its key")
    func complete() {
        #expect(Self.leaves(Configuration()).count == schema.settings.count)
    }

    @Test("every default is read back from its own text, and so is the example")
    func defaults() {
        for setting in schema.settings {
            for text in [setting.defaultText, setting.example ?? setting.defaultText] {
                var yaml = ""
                for (depth, name) in setting.path.split(separator: ".").enumerated() {
                    yaml += (depth > 0 ? "\n" : "") + String(repeating: " ", count: depth) + "\(name):"
                }
                #expect(problems(yaml + " \(text)\n") == "none", "\(setting.path)")
            }
        }
    }
}
