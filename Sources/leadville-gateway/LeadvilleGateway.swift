/// The command line's entry: everything it can do is one of the subcommands.
@main
struct LeadvilleGateway {
    static func main() {
        print("leadville-gateway")
    }
}
