"""The rules of the look-up: which record a number belongs to. Pure functions over frozen dataclasses."""
