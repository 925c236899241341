import Reactor
import Testing

@testable import Surfaces

@Suite("Script bundles") struct ScriptBundleTests {
    private static func join(_ entry: String, _ modules: [String: String]) throws(ScriptBundle.ModuleError) -> String {
        String(decoding: try ScriptBundle.join(entry) { name in modules[name].map { Array($0.utf8) } }, as: UTF8.self)
    }

    @Test("a module follows those that it imports, and names their exports")
    func order() throws {
        let script = try Self.join(
            "page.js",
            [
                "page.js": "import { one, two as other } from './parts.js';\nimport '/plain.js';\nuse(one, other);\n",
                "parts.js": "export const one = 1;\nexport async function two() {}\n",
                "plain.js": "globalThis.plain = 1;\n",
            ])
        #expect(
            script == """
                const m1 = (() => {
                const one = 1;
                async function two() {}
                return { one, two };
                })();
                const m2 = (() => {
                globalThis.plain = 1;
                return {  };
                })();
                const m3 = (() => {
                const { one, two: other } = m1;

                use(one, other);
                return {  };
                })();

                """)
    }

    @Test("a module that several others import is written once")
    func shared() throws {
        let script = try Self.join(
            "page.js",
            [
                "page.js": "import { a } from './a.js';\nimport { b } from './b.js';\n",
                "a.js": "import { c } from './c.js';\nexport class a extends c {}\n",
                "b.js": "import { c } from './c.js';\nexport const b = c;\n", "c.js": "export class c {}\n",
            ])
        #expect(script.split(separator: "class c {}").count == 2)
    }

    @Test("comments and indentation are left out")
    func slim() throws {
        let script = try Self.join(
            "page.js", ["page.js": "// Why.\n\nfunction f() {\n  // How.\n  return 'a // b';\n}\n"])
        #expect(
            script == """
                const m1 = (() => {
                function f() {
                return 'a // b';
                }
                return {  };
                })();

                """)
    }

    private nonisolated static let errors: [(String, ScriptBundle.ModuleError)] = [
        ("import { a } from './missing.js';", .unknown("missing.js")),
        ("import a from './page.js';", .cycle("page.js")),
        ("import * as a from './other.js';", .imports(line: "import * as a from './other.js';")),
        ("import { a,", .imports(line: "import { a,")), ("export default 3;", .exports(line: "default 3;")),
        ("export let a = 1;", .exports(line: "let a = 1;")),
    ]

    @Test("rejects what it cannot join", arguments: errors)
    func rejected(text: String, error: ScriptBundle.ModuleError) {
        do throws(ScriptBundle.ModuleError) {
            _ = try Self.join("page.js", ["page.js": text, "other.js": ""])
            Issue.record("joined")
        } catch let thrown {
            #expect(thrown == error)
        }
    }

    @Test("every page of the console can be joined") @ReactorActor
    func pages() throws {
        for (path, module) in ConsolePages.pages {
            let script = try ScriptBundle.join("\(module).js", of: ConsolePages.module)
            #expect(!script.isEmpty, "\(path)")
        }
    }

    @Test("every module is part of a page, and has at most 200 lines") @ReactorActor
    func modules() throws {
        let scripts = try ConsolePages.pages.map { _, module in
            String(decoding: try ScriptBundle.join("\(module).js", of: ConsolePages.module), as: UTF8.self)
        }
        let modules = PageFile.all.filter { $0.path.hasPrefix("Console/Pages/") && $0.path.hasSuffix(".js") }
        #expect(modules.count > 50)
        for module in modules {
            let text = String(decoding: module.bytes, as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 201, "\(module.path)")
            let code = lines.map { $0.drop { $0 == " " } }.filter {
                !$0.hasPrefix("import ") && !$0.hasPrefix("export ") && !$0.hasPrefix("//")
            }
            let longest = code.max { $0.count < $1.count }
            #expect(scripts.contains { $0.contains(longest ?? "") }, "\(module.path)")
        }
    }
}
