"""Tsunagu works with Acme CRM."""
