"""The settings, for admins only."""
