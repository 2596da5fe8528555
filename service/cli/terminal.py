"""How the command line speaks: Chinese messages, JSON for programs, exit codes, a progress bar."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str, *, code: int = 2) -> NoReturn:
    """Say what is wrong on standard error and end with `code`."""
    ERR.print(f"[bold]错误：[/bold]{escape(message)}")
    raise typer.Exit(code)


def note(message: str) -> None:
    ERR.print(escape(message))


def say(message: str = "") -> None:
    """A line of the answer, as it is: no markup, no colours, no cutting. A closed pipe raises at once."""
    sys.stdout.write(message + "\n")


def say_json(value: Any) -> None:
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")


def say_json_line(value: Any) -> None:
    """One line, out at once: the reader may act on it while the work goes on."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table that copies well: columns by display width, no borders."""
    from rich.table import Table

    grid = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    OUT.print(grid)


@contextmanager
def progress(description: str, *, shown: bool) -> Iterator["Progress"]:
    """A progress bar on standard error, when somebody is looking."""
    if not shown or not sys.stderr.isatty():
        yield Progress(None, None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=ERR, transient=True) as bar:
        yield Progress(bar, bar.add_task(description, total=None))


class Progress:
    """The bar's handle: `step(done, total, what comes next)`; silent when there is no bar."""

    def __init__(self, bar: Any, task: Any) -> None:
        self._bar = bar
        self._task = task

    def step(self, done: int, total: int, following: object = None) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
