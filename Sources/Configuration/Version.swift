/// What this build calls itself. The only place where the version is written.
package enum Version {
    package static let gateway = "0.1.0"
}
