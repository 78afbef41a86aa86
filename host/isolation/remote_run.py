"""A job's run as the job sees it in a process of its own: what it keeps and asks goes to the worker, which answers."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from host.plugin_api import RetryLater, RunLost
from host.sentences import Sentence, read, written

LOST, LATER = "lost", "later"
LOST_TEXT = "This run was taken away: the worker was taken for dead, or the job gave no sign of life."


class RemoteRun:
    """A `JobRun`.

    Args:
        begun: the run as the worker told it: `id`, `due_at`, `kept`.
        ask: sends one question to the worker.
        answers: where its answers arrive, one for each question.
    """

    def __init__(self, begun: Mapping[str, Any], ask: Callable[[Any], None], answers: queue.SimpleQueue[Any]) -> None:
        self._id: int = begun["id"]
        self._due_at = datetime.fromisoformat(begun["due_at"])
        self._kept: Mapping[str, Any] = begun["kept"]
        self._ask = ask
        self._answers = answers

    @property
    def id(self) -> int:
        return self._id

    @property
    def due_at(self) -> datetime:
        return self._due_at

    @property
    def kept(self) -> Mapping[str, Any]:
        return self._kept

    def keep(self, state: Mapping[str, Any], *, done: int, total: int, message: str = "", api_calls: int = 0) -> None:
        kept = json.loads(json.dumps(dict(state), allow_nan=False))
        progress = {"done": int(done), "total": int(total), "message": _carried(message), "api_calls": int(api_calls)}
        self._answered({"keep": {"state": kept, **progress}})
        self._kept = kept

    def stopping(self) -> bool:
        return bool(self._answered({"stopping": True}))

    def _answered(self, question: Mapping[str, Any]) -> Any:
        self._ask(question)
        answer = self._answers.get()
        if answer.get("error") == LOST:
            raise RunLost(LOST_TEXT)
        if answer.get("error") == LATER:
            raise RetryLater(read(answer["text"]))
        return answer.get("value")


def answered(run: Any, question: Mapping[str, Any]) -> Mapping[str, Any]:
    """The worker's side: does what the job asked of its run, and says what came of it."""
    try:
        if "keep" in question:
            keep = dict(question["keep"])
            run.keep(keep.pop("state"), **{**keep, "message": read(keep["message"])})
            return {"value": None}
        return {"value": run.stopping()}
    except RunLost:
        return {"error": LOST}
    except RetryLater as error:
        return {"error": LATER, "text": _carried(error.message)}


def _carried(text: str) -> str:
    return written(text) if isinstance(text, Sentence) else str(text)
