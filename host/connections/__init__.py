"""Connections of plugins that leave signing in to the host (`Manifest.auth_group`): made, kept sealed, used, ended (R33)."""
