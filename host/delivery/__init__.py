"""Durable delivery of facts to plugins."""
