"""Fixtures for all tests."""

pytest_plugins = ["app_fixture", "database_fixture", "postgres_fixture"]
