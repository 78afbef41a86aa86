"""The page /api/docs: the API explained from its OpenAPI document, without scripts."""

from __future__ import annotations

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api


def install(app: Flask, api: Api) -> None:
    @app.get("/api/docs")
    def api_docs() -> ResponseReturnValue:
        return render_template("api_docs.html", spec=api.spec.to_dict())
