"""Running a handler on this machine: in this process, or under the Lambda runtime emulator."""
