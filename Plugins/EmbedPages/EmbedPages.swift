import Foundation
import PackagePlugin

/// Adds the files of a target's pages to it, compressed, as a Swift source. They are in folders with the name `Pages`.
@main
struct EmbedPages: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let package = context.package.directoryURL
        let script = package.appending(path: "tools/embed-pages")
        let folder = package.appending(path: "Sources").appending(path: target.name)
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.split(separator: "/").dropLast().last == "Pages" }
            .sorted()
        let output = context.pluginWorkDirectoryURL.appending(path: "PageFiles.swift")
        return [
            .buildCommand(
                displayName: "Compressing the files of the pages", executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, output.path, folder.path] + files,
                inputFiles: [script] + files.map { folder.appending(path: $0) }, outputFiles: [output])
        ]
    }
}
