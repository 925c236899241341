/// The commands for the database, beside or without a running gateway.
extension CommandCatalogue {
    static let store = CommandSpecification(
        name: .store, summary: "Check, copy or export the database.",
        details: ["The database holds everything that the gateway keeps: events, runs, devices, targets and workouts."])

    static func store(_ action: StoreAction) -> CommandSpecification {
        switch action {
        case .check: check
        case .export: export
        case .compact: compact
        case .backup: backup
        case .restore: restore
        }
    }

    private static let config = OptionSpecification(
        "config", value: "FILE",
        "The gateway's configuration, which names its store. Default: /etc/leadville-gateway.yaml if it exists.")

    private static let check = CommandSpecification(
        name: .storeAction(.check), summary: "Read the whole database for damage, and show what it holds.",
        optionalOperands: ["FILE"], options: [config],
        details: [
            "FILE is a database or a backup. Default: the gateway's database, even while the gateway runs.",
            "The exit status is 0 when the file is sound, and 1 when it is damaged or cannot be read.",
        ],
        examples: [
            .init("store check", "checks the gateway's database"),
            .init("store check /media/usb/gateway.backup", "checks a backup"),
        ])

    private static let export = CommandSpecification(
        name: .storeAction(.export), summary: "Write everything as lines of JSON.",
        optionalOperands: ["FILE"], options: [config],
        details: [
            """
            Writes one JSON object for each event, run, document, explanation, recording, workout and frame to FILE, or to \
            standard output. The member "table" says what it is. The gateway may run meanwhile: the export is as of the \
            moment when it began.
            """
        ],
        examples: [.init("store export > gateway.jsonl", "exports everything")])

    private static let compact = CommandSpecification(
        name: .storeAction(.compact), summary: "Return unused space in the database to the file system.",
        options: [config],
        details: [
            """
            The gateway must not run meanwhile. The disk needs as much free space as the database has data. A running \
            gateway returns unused space by itself, but leaves some for the next events.
            """
        ],
        examples: [.init("store compact", "compacts the gateway's database")])

    private static let backup = CommandSpecification(
        name: .storeAction(.backup), summary: "Copy the database into one file, while the gateway runs.",
        operands: ["FILE"], options: [config],
        details: [
            """
            The copy holds everything as of the moment when it began, is checked for damage, and appears under its name \
            only when it is complete and safe on the disk. An existing FILE is replaced.
            """,
            "The exit status is 1 when the copy could not be written, is damaged, or was stopped with Ctrl-C.",
        ],
        examples: [.init("store backup /media/usb/gateway.backup", "copies the database to a USB stick")])

    private static let restore = CommandSpecification(
        name: .storeAction(.restore), summary: "Replace the database by a backup.",
        operands: ["FILE"], options: [config],
        details: [
            """
            The gateway must not run meanwhile. The backup is checked first. A database that is there already is not \
            deleted but renamed; its new name is printed. On a new machine the directory is created. Ctrl-C stops it as \
            long as nothing was replaced; everything is then as before.
            """,
            "The exit status is 1 when the backup is damaged, the database cannot be replaced, or it was stopped.",
        ],
        examples: [.init("store restore /media/usb/gateway.backup", "brings everything to a new card")])
}

/// What a `store` command does; the raw value is what the user types after `store`.
package enum StoreAction: String, Hashable, CaseIterable, Sendable {
    case check, export, compact, backup, restore
}

package struct StoreCommandOptions: Equatable, Sendable {
    package var action: StoreAction
    /// Nil: the gateway's database, or standard output.
    package var file: String?
    package var configurationFile: String?

    package init(_ action: StoreAction) {
        self.action = action
    }

    init(_ action: StoreAction, _ arguments: ArgumentScanner) {
        self.action = action
        file = arguments.operands.first.flatMap { $0 == "-" && action == .export ? nil : $0 }
        configurationFile = arguments.value("config")
    }
}
