"""Events of telephone systems: verified, parsed, applied."""
