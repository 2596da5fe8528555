"""Assembles the commands and answers for how they end: 0 well, 1 some failed, 2 nothing could be done."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.markup import escape
from typer._click import exceptions

from engines.store import StoreError
from ontology.problems import OntologyInvalid
from queries.errors import QuestionError
from service.cli import ask, base, evaluate, export, review, server, train
from service.cli.chinese import group, usage_error
from service.cli.terminal import ERR
from service.settings import SettingsInvalid

_INTERRUPTED = 130

app = group(
    "zhiwen",
    "质文图谱：哪些企业做法可佐证《党建引领企业质量文化建设规范》的哪条要求要点。\n\n"
    "非官方工具；要求要点依据编制说明整理。数据放在 ZHIWEN_HOME（默认 ~/.zhiwen）。",
)
for module in (ask, base, review, train, export, server, evaluate):
    module.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        result: Any = typer.main.get_command(app).main(args=list(arguments), prog_name="zhiwen", standalone_mode=False)
    except exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except exceptions.UsageError as error:
        return _error(usage_error(error))
    except (typer.Abort, KeyboardInterrupt):
        result = _INTERRUPTED
    except (SettingsInvalid, StoreError, OntologyInvalid, QuestionError) as error:
        return _error(str(error))
    except BrokenPipeError:
        return _end_quietly()
    except OSError as error:
        return _error(f"{error.strerror or error}" + (f"：{error.filename}" if error.filename else ""))
    if result == _INTERRUPTED:  # typer turns Ctrl-C into this exit code
        ERR.print("已中断；已报告存入的内容都已保存。")
    return result if isinstance(result, int) else 0


def _end_quietly() -> int:
    """The reader (head, less) has seen enough; nothing more can be written, not even while Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _error(message: str) -> int:
    ERR.print(f"[bold]错误：[/bold]{escape(message)}")
    return 2
