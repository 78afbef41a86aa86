"""A whole installation on this machine: its processes, ports, environment and connection to the sandbox org."""
