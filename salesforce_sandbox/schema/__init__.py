"""Which objects and fields the org has, read from the facts beside this file."""
