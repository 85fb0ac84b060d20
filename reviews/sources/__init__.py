"""Where reviews come from: one connector a file. Each fetches through the doors it is given, and parses purely."""
