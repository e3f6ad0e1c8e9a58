package migrationlink

// Version of this module, by semantic versioning: what the client calls itself in User-Agent, and what the command shows with --version.
const Version = "0.1.0"
