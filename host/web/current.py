"""What hangs on the running application: the services, and the login manager."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from flask_login import LoginManager

from host.services import Services

EXTENSION = "tsunagu"


def keep_services(app: Flask, services: Services) -> None:
    app.extensions[EXTENSION] = services


def services_of(app: Flask) -> Services:
    """The services this application was made with."""
    return cast("Services", app.extensions[EXTENSION])


def services_here() -> Services:
    """The services of the application that handles this request."""
    return services_of(current_app)


def login_manager_of() -> LoginManager:
    """The login manager of the application that handles this request."""
    return current_app.login_manager  # type: ignore[attr-defined]
