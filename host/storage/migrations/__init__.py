"""The host's revisions, and the environment that also runs those of the plugins."""
