import Configuration
import JSON
import Reactor
import Web

/// All settings with their explanations, present values and sources: `/api/settings`.
@ReactorActor
package final class SettingsAPI: Surface {
    private var running: Configuration
    /// As it was last read. Its changes that need a restart are not in `running`.
    private var latest: ResolvedConfiguration

    package init(_ resolved: ResolvedConfiguration) {
        running = resolved.configuration
        latest = resolved
    }

    /// The configuration was read again.
    package func update(running: Configuration, latest: ResolvedConfiguration) {
        self.running = running
        self.latest = latest
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/settings", ConsoleDocumentation.settings) { [self] _ in
            .response(.object { self.write(to: &$0) })
        }
    }

    private func write(to writer: inout JSONWriter) {
        let schema = Schema.gateway
        writer.member("file", orNull: latest.file)
        writer.member("installed_file", ConfigurationFile.installed)
        writer.array("sections", schema.sections) { section, writer in
            writer.beginObject()
            writer.member("path", section.path)
            writer.member("text", section.documentation)
            writer.endObject()
        }
        writer.array("settings", schema.settings) { setting, writer in
            writer.beginObject()
            writer.member("path", setting.path)
            writer.member("section", setting.sectionPath)
            writer.member("text", setting.documentation)
            writer.member("expected", setting.expected)
            writer.member("default", setting.defaultText)
            let value = schema.displayText(setting, in: running)
            writer.member("value", value)
            writer.member("secret", setting.isSecret)
            writer.member("changed", setting.text(in: running) != setting.defaultText)
            writer.member("source", self.latest.origins[setting.path].map(\.kind) ?? "default")
            writer.member("place", orNull: self.place(of: setting))
            // A secret may differ although both values are masked.
            let isPending = setting.text(in: running) != setting.text(in: self.latest.configuration)
            writer.member(
                "pending", orNull: isPending ? schema.displayText(setting, in: self.latest.configuration) : nil)
            writer.member("restart", setting.effect == .restart)
            writer.member("variable", setting.environmentVariable)
            writer.endObject()
        }
    }

    /// Where the value was set. An option may contain a secret.
    private func place(of setting: Setting) -> String? {
        guard let origin = latest.origins[setting.path] else { return nil }
        if case .option = origin, setting.isSecret { return "--set \(setting.path)" }
        return "\(origin)"
    }
}

extension ConfigurationOrigin {
    fileprivate var kind: String {
        switch self {
        case .file: "file"
        case .environment: "environment"
        case .option: "option"
        }
    }
}
