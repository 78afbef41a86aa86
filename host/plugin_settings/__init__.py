"""The settings that a plugin declares as a marshmallow schema: drawn, checked, stored, sealed, logged by the host (R33)."""
