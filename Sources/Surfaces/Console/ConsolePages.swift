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
            routes.asset(path, .html) { document(of: module) }
            routes.asset("/console/\(module).js", .javaScript) { script(of: module) }
        }
        routes.asset("/icon.svg", .svg) { PackageResources.icon_svg }
        routes.asset("/style.css", .css) { PackageResources.style_css }
        routes.asset("/client.js", .javaScript) { PackageResources.client_js }
    }

    private static func document(of module: String) -> [UInt8] {
        let template = String(decoding: PackageResources.page_html, as: UTF8.self)
        return Array(template.split(separator: "PAGE", omittingEmptySubsequences: false).joined(separator: module).utf8)
    }

    private static func script(of module: String) -> [UInt8] {
        do throws(ScriptBundle.ModuleError) {
            return try ScriptBundle.join("\(module).js", of: modules)
        } catch {
            return Array("throw new Error('\(error)');\n".utf8)
        }
    }

    /// Every module by its file name.
    static var modules: [String: [UInt8]] {
        [
            "accesspoint.js": PackageResources.accesspoint_js,
            "api.js": PackageResources.api_js,
            "assignment.js": PackageResources.assignment_js,
            "brokercard.js": PackageResources.brokercard_js,
            "chart.js": PackageResources.chart_js,
            "client.js": PackageResources.client_js,
            "colours.js": PackageResources.colours_js,
            "copybutton.js": PackageResources.copybutton_js,
            "devicecard.js": PackageResources.devicecard_js,
            "deviceeditor.js": PackageResources.deviceeditor_js,
            "dom.js": PackageResources.dom_js,
            "download.js": PackageResources.download_js,
            "events.js": PackageResources.events_js,
            "format.js": PackageResources.format_js,
            "heartbeat.js": PackageResources.heartbeat_js,
            "hearts.js": PackageResources.hearts_js,
            "heatmap.js": PackageResources.heatmap_js,
            "kiosk.js": PackageResources.kiosk_js,
            "live.js": PackageResources.live_js,
            "log.js": PackageResources.log_js,
            "mat.js": PackageResources.mat_js,
            "matregions.js": PackageResources.matregions_js,
            "motion.js": PackageResources.motion_js,
            "overlay.js": PackageResources.overlay_js,
            "overview.js": PackageResources.overview_js,
            "player.js": PackageResources.player_js,
            "problems.js": PackageResources.problems_js,
            "progress.js": PackageResources.progress_js,
            "range.js": PackageResources.range_js,
            "rangecontrol.js": PackageResources.rangecontrol_js,
            "rangesensors.js": PackageResources.rangesensors_js,
            "recordings.js": PackageResources.recordings_js,
            "runhistory.js": PackageResources.runhistory_js,
            "runmodel.js": PackageResources.runmodel_js,
            "search.js": PackageResources.search_js,
            "sensorcard.js": PackageResources.sensorcard_js,
            "settingcard.js": PackageResources.settingcard_js,
            "settings.js": PackageResources.settings_js,
            "shell.js": PackageResources.shell_js,
            "socket.js": PackageResources.socket_js,
            "swing.js": PackageResources.swing_js,
            "targetcard.js": PackageResources.targetcard_js,
            "targetmap.js": PackageResources.targetmap_js,
            "targets.js": PackageResources.targets_js,
            "texts.js": PackageResources.texts_js,
            "thresholdline.js": PackageResources.thresholdline_js,
            "timeline.js": PackageResources.timeline_js,
            "token.js": PackageResources.token_js,
            "tokens.js": PackageResources.tokens_js,
            "waveform.js": PackageResources.waveform_js,
            "why.js": PackageResources.why_js,
            "workoutframes.js": PackageResources.workoutframes_js,
            "workouts.js": PackageResources.workouts_js,
        ]
    }
}
