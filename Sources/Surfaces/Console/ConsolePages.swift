import Reactor
import Web

/// The console's pages. Each is one module (`Pages/NAME.js`) in the same document; its modules are sent as one script.
@ReactorActor
enum ConsolePages {
    /// The addresses, each with the module that builds the page.
    static let pages: KeyValuePairs<String, String> = [
        "/": "overview", "/range": "range", "/hearts": "hearts", "/mat": "mat", "/sensor/": "motion",
        "/heartbeat": "heartbeat", "/targets": "targets", "/events": "events", "/log": "log", "/settings": "settings",
        "/ws/test": "socket", "/tokens": "tokens",
        "/kiosk": "kiosk", "/overlay": "overlay",
    ]

    static func addRoutes(to routes: Router) {
        for (path, module) in pages {
            routes.asset(path, .html, ServedAsset(.html) { document(of: module) })
            routes.asset("/console/\(module).js", .javaScript, ServedAsset(.javaScript) { script(of: module) })
        }
        routes.asset("/icon.svg", .svg, PageFile("Console/Pages/icon.svg"))
        routes.asset("/style.css", .css, PageFile("Console/Pages/style.css"))
        routes.asset("/client.js", .javaScript, PageFile("Console/Pages/client.js"))
    }

    private static func document(of module: String) -> [UInt8] {
        let template = String(decoding: PageFile("Console/Pages/page.html").bytes, as: UTF8.self)
        return Array(template.split(separator: "PAGE", omittingEmptySubsequences: false).joined(separator: module).utf8)
    }

    private static func script(of module: String) -> [UInt8] {
        do throws(ScriptBundle.ModuleError) {
            return try ScriptBundle.join("\(module).js", of: Self.module)
        } catch {
            return Array("throw new Error('\(error)');\n".utf8)
        }
    }

    /// The content of a module.
    nonisolated static func module(_ name: String) -> [UInt8]? {
        PageFile.all.first { $0.path == "Console/Pages/" + name }?.bytes
    }
}
