"""Fixtures for all tests."""

pytest_plugins = ["database_fixture", "postgres_fixture", "app_fixture", "office_fixture", "template_fixture"]
