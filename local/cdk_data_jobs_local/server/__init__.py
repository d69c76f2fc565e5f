"""The server: MiniStack with our services and fixes, in a process and an environment of its own."""
