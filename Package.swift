// swift-tools-version: 6.0
import PackageDescription

// Targets are listed in dependency order: a target may only import targets above it. All dependencies are declared here, so
// the compiler enforces the order.

/// All Swift targets: warnings are errors, and existential types need `any`. Debug builds, and so the tests, check exclusive
/// access and actor isolation at run time; in a release build both would cost a third of a loop iteration.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .unsafeFlags(["-warnings-as-errors"]),
    .unsafeFlags(
        [
            "-cross-module-optimization", "-enforce-exclusivity=unchecked", "-disable-dynamic-actor-isolation",
            // So that the linker can order functions.
            "-Xfrontend", "-function-sections",
        ], .when(configuration: .release)),
]

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    plugins: [Target.PluginUsage]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict, plugins: plugins)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "leadville-gateway",
    products: [.executable(name: "leadville-gateway", targets: ["leadville-gateway"])],
    targets: [
        // C libraries, and wrappers for what the importer does not support.
        .target(name: "CBluetooth"),
        .target(name: "CLinux", linkerSettings: [.linkedLibrary("m")]),
        .target(name: "CUring", linkerSettings: [.linkedLibrary("uring")]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev", "libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        // Values and pure logic.
        library("Clocks", ["CLinux"]),
        .target(name: "JSON", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
        library("Events", ["Clocks", "JSON"]),
        library("MongoDBDocuments", ["Clocks", "JSON"]),
        library("QRCode"),
        library("Random"),
        library("Text"),
        library("Devices", ["Clocks", "Events", "JSON", "Text"]),
        library("Signals", ["Clocks", "Devices", "Events", "JSON", "Random"]),

        // The event loop, transports and infrastructure.
        library("Reactor", ["CLinux", "Clocks"]),
        library("Network", ["CCrypto", "CLinux", "CUring", "Clocks", "Reactor"]),
        library("Serial", ["CLinux", "Reactor"]),
        library("Hotplug", ["CUdev", "Reactor", "Text"]),
        library("Bluetooth", ["CBluetooth", "Clocks", "Devices", "Events", "Reactor", "Text"]),
        library("MQTT", ["CLinux", "CMosquitto", "Clocks", "Reactor"]),
        library("Logging", ["CSystemd", "Clocks", "Reactor", "Text"]),
        library("Metrics", ["Clocks", "Reactor"]),
        library("Hub", ["Clocks", "Events", "Reactor"]),
        library(
            "Web",
            ["CCrypto", "CZlib", "Clocks", "JSON", "Logging", "Metrics", "Network", "Random", "Reactor", "Text"]),
        library(
            "Store",
            ["CLinux", "CSQLite", "CZlib", "Clocks", "Events", "JSON", "Logging", "Metrics", "Reactor", "Text"]),

        // Device connections, the range they serve, the clients' surfaces, and their assembly.
        library("Configuration", ["CYaml", "Clocks", "Devices", "Events", "Network", "Text"]),
        library(
            "Drivers",
            [
                "Bluetooth", "CLinux", "Clocks", "Configuration", "Devices", "Events", "Hotplug", "Hub", "JSON",
                "Logging", "MQTT", "Metrics", "Network", "Reactor", "Serial", "Signals", "Store",
            ]),
        library(
            "ShootingRange",
            [
                "Bluetooth", "Clocks", "Devices", "Drivers", "Events", "Hub", "JSON", "Logging", "Metrics", "Reactor",
                "Signals", "Store", "Text",
            ]),
        library(
            "Surfaces",
            [
                "Clocks", "Configuration", "Devices", "Drivers", "Events", "Hub", "JSON", "Logging", "MQTT", "Metrics",
                "QRCode", "Reactor", "ShootingRange", "Signals", "Store", "Text", "Web",
            ],
            exclude: ["Console/Pages", "Documents/Pages", "TLS/Pages"], plugins: ["EmbedPages"]),
        .plugin(name: "EmbedPages", capability: .buildTool()),
        library(
            "Diagnostics",
            [
                "Bluetooth", "CLinux", "Clocks", "Configuration", "Devices", "Drivers", "Hotplug", "JSON", "Network",
                "Reactor", "Serial", "Store", "Text",
            ]),
        library(
            "VirtualDevices",
            ["Bluetooth", "CLinux", "Clocks", "Devices", "Events", "JSON", "Network", "Random", "Reactor", "Text"]),
        library(
            "Gateway",
            [
                "Bluetooth", "CLinux", "CSystemd", "Clocks", "Configuration", "Devices", "Drivers", "Events", "Hotplug",
                "Hub", "JSON", "Logging", "MQTT", "Metrics", "Network", "Reactor", "ShootingRange", "Signals", "Store",
                "Surfaces", "Text", "VirtualDevices", "Web",
            ]),
        .executableTarget(
            name: "leadville-gateway",
            dependencies: [
                "Clocks", "Configuration", "Devices", "Diagnostics", "Gateway", "JSON", "Network", "Reactor",
                "ShootingRange", "Store", "Surfaces", "Text", "VirtualDevices", "Web",
            ],
            swiftSettings: strict,
            linkerSettings: [
                // All symbols are resolved at the start, after which their table is read-only.
                .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"]),
                // The executable exports no functions: its dynamic symbol table would take a megabyte of memory.
                .unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(configuration: .release)),
                // The functions that run for every event stand side by side (tools/link-order).
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker",
                        "--symbol-ordering-file=\(Context.packageDirectory)/Sources/link-order.txt",
                        "-Xlinker", "--no-warn-symbol-ordering",
                    ], .when(configuration: .release)),
            ]),

        // The fuzz targets; the tests replay their corpus.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Bluetooth", "Clocks", "Configuration", "Devices", "Events", "JSON",
                "ShootingRange",
                "Signals", "Surfaces", "VirtualDevices", "Web",
            ],
            path: "Fuzz/Targets", swiftSettings: strict),

        // A server for tests that need features without configuration: echo, events on request, allocation counts.
        .target(name: "CAllocationCounter", path: "Tests/Tools/CAllocationCounter"),
        .executableTarget(
            name: "web-testbed",
            dependencies: [
                "CAllocationCounter", "Clocks", "Devices", "Drivers", "Events", "Hub", "JSON", "Metrics", "Network",
                "Reactor", "Surfaces", "Web",
            ], path: "Tests/Tools/WebTestbed", swiftSettings: strict),

        .executableTarget(
            name: "decoder-speed", dependencies: ["CAllocationCounter", "Clocks", "Devices", "VirtualDevices"],
            path: "Tests/Tools/DecoderSpeed", swiftSettings: strict),

        // Virtual ranges with known ground truth, for tests and for docs/range-accuracy.md.
        .target(
            name: "RangeTrials", dependencies: ["Clocks", "Devices", "Events", "Signals", "VirtualDevices"],
            path: "Tests/Tools/RangeTrials", swiftSettings: strict),
        .executableTarget(
            name: "range-accuracy", dependencies: ["RangeTrials", "Signals", "VirtualDevices"],
            path: "Tests/Tools/RangeAccuracy", swiftSettings: strict),

        // A gateway and its virtual Bluetooth devices, in two processes.
        .executableTarget(
            name: "range-load",
            dependencies: [
                "Bluetooth", "Clocks", "Configuration", "Devices", "Gateway", "Reactor", "VirtualDevices",
            ], path: "Tests/Tools/RangeLoad", swiftSettings: strict),

        // Shared by the tests of several targets.
        .target(
            name: "SerialTestSupport", dependencies: ["Reactor", "VirtualDevices"],
            path: "Tests/Tools/SerialTestSupport",
            swiftSettings: strict),
        .target(name: "TestSupport", dependencies: ["VirtualDevices"], path: "Tests/Support", swiftSettings: strict),

        tests("ClocksTests", ["Clocks"]),
        tests("JSONTests", ["JSON", "TestSupport"]),
        tests("MongoDBDocumentsTests", ["MongoDBDocuments", "Clocks", "JSON"]),
        tests("QRCodeTests", ["QRCode"]),
        tests("TextTests", ["Text"]),
        tests("EventsTests", ["Events", "Clocks", "Devices", "JSON"]),
        tests("DevicesTests", ["Devices", "Clocks", "Events", "JSON", "Random", "TestSupport"]),
        tests(
            "SignalsTests",
            ["Signals", "Clocks", "Devices", "Events", "JSON", "RangeTrials", "VirtualDevices", "TestSupport"],
            exclude: ["Reference"]
        ),
        tests("ReactorTests", ["Reactor", "Clocks", "CLinux", "TestSupport"]),
        tests("NetworkTests", ["Network", "Clocks", "Reactor", "TestSupport"]),
        tests("MQTTTests", ["MQTT", "Clocks"]),
        tests("HotplugTests", ["Hotplug", "TestSupport"]),
        tests("SerialTests", ["Serial", "CLinux", "Clocks", "Devices", "Reactor", "TestSupport", "VirtualDevices"]),
        tests("BluetoothTests", ["Bluetooth", "CLinux", "Clocks", "Devices", "Events", "Reactor", "VirtualDevices"]),
        tests("LoggingTests", ["Logging", "Clocks"]),
        tests("MetricsTests", ["Metrics", "Clocks", "Reactor"]),
        tests("FuzzTests", ["FuzzTargets"]),
        tests("HubTests", ["Hub", "Clocks", "Devices", "Events", "Reactor"]),
        tests(
            "WebTests", ["Web", "Clocks", "JSON", "Metrics", "Network", "Reactor", "TestSupport", "Text"],
            exclude: ["Reference"]),
        .executableTarget(
            name: "store-crash-writer", dependencies: ["Clocks", "Reactor", "Store"],
            path: "Tests/Tools/StoreCrashWriter", swiftSettings: strict),
        .executableTarget(
            name: "store-costs",
            dependencies: ["CAllocationCounter", "Clocks", "Events", "Reactor", "Signals", "Store"],
            path: "Tests/Tools/StoreCosts", swiftSettings: strict),
        tests(
            "StoreTests",
            [
                "Store", "CSQLite", "Clocks", "Events", "JSON", "Metrics", "Reactor", "TestSupport", "store-costs",
                "store-crash-writer",
            ], exclude: ["Fixtures"]),
        tests("ConfigurationTests", ["Configuration", "Clocks", "Devices", "Events", "Network", "TestSupport"]),
        tests(
            "VirtualDevicesTests",
            [
                "Bluetooth", "VirtualDevices", "Clocks", "Devices", "Events", "Network", "RangeTrials", "Reactor",
                "Signals", "TestSupport",
                "decoder-speed",
            ]),
        tests(
            "SurfacesTests",
            [
                "Surfaces", "Clocks", "Configuration", "Devices", "Drivers", "Events", "Hub", "JSON", "Metrics",
                "Network", "Reactor",
                "ShootingRange", "Signals", "Store", "Web",
            ]),
        tests(
            "DriversTests",
            [
                "Drivers", "Bluetooth", "Clocks", "Configuration", "Devices", "Events", "Hotplug", "Hub",
                "Metrics",
                "Reactor", "SerialTestSupport", "Signals", "Store", "VirtualDevices",
            ]),
        tests(
            "ShootingRangeTests",
            [
                "ShootingRange", "Clocks", "Devices", "Drivers", "Events", "Hub", "JSON",
                "Metrics", "RangeTrials", "Reactor", "Signals", "Store", "Surfaces", "VirtualDevices",
            ], exclude: ["Fixtures"]),
        tests(
            "DiagnosticsTests",
            [
                "Serial", "Diagnostics", "Bluetooth", "Clocks", "Configuration", "Devices", "Drivers", "Events",
                "Hotplug", "Network", "Reactor", "SerialTestSupport", "VirtualDevices",
            ]),
        tests(
            "GatewayTests",
            [
                "Gateway", "Clocks", "Configuration", "Drivers", "Events", "Hub", "Metrics", "Network", "Reactor",
                "ShootingRange", "Store", "Surfaces", "Web",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// The copy of workouts in MongoDB, an optional program: nothing else needs libmongoc (docs/mongodb.md).
if Context.environment["LEADVILLE_MONGODB"] == "1" {
    package.products.append(.executable(name: "leadville-gateway-mongodb", targets: ["leadville-gateway-mongodb"]))
    package.targets += [
        .systemLibrary(name: "CMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),
        .executableTarget(
            name: "leadville-gateway-mongodb",
            dependencies: [
                "CMongoC", "Clocks", "Configuration", "JSON", "MongoDBDocuments", "Web",
            ],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]),
    ]
}
