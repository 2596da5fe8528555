"""Help and usage errors in Chinese: typer's own words are English and cannot be translated from outside."""

import re
from typing import Any, Final

import typer
from typer._click import Context, exceptions
from typer.core import TyperCommand, TyperGroup

_WORDS: Final = {
    "Usage: ": "用法：",
    "Options:": "选项：",
    "Arguments:": "参数：",
    "Commands:": "命令：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]…",
    "Show this message and exit.": "显示本帮助",
    "[default: ": "[默认：",
    "[required]": "[必填]",
    "; required]": "；必填]",
}


class ChineseCommand(TyperCommand):
    """A command whose help is Chinese throughout."""

    def get_help(self, ctx: Context) -> str:
        return _translated(super().get_help(ctx))


class ChineseGroup(TyperGroup):
    """A group of commands whose help is Chinese throughout."""

    command_class = ChineseCommand

    def get_help(self, ctx: Context) -> str:
        return _translated(super().get_help(ctx))


def _translated(text: str) -> str:
    for english, chinese in _WORDS.items():
        text = text.replace(english, chinese)
    return text


def usage_error(error: exceptions.UsageError) -> str:
    """What is wrong with the words typed, in Chinese, and where the usage is explained."""
    names = error.ctx.command_path.split()[1:] if error.ctx else []
    return f"{_what(error)}。用法见 zhiwen {''.join(name + ' ' for name in names)}--help"


def _what(error: exceptions.UsageError) -> str:
    message = error.message
    if isinstance(error, exceptions.NoSuchOption):
        return f"没有选项 {error.option_name}"
    if isinstance(error, exceptions.MissingParameter):
        return f"缺少 {_name(error.param, error.ctx)}"
    if isinstance(error, exceptions.BadParameter):
        return f"{_name(error.param, error.ctx)} 的值不正确：{_value(message)}"
    if found := re.match(r"No such command '(.*?)'", message):
        near = re.search(r"Did you mean (.*)\?", message)
        return f"没有命令 {found[1]}" + (f"，是不是 {near[1]}" if near else "")
    if found := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", message):
        return f"多出了参数 {found[1]}（含空格的内容请加引号）"
    if found := re.match(r"Option '(.*?)' requires an argument", message):
        return f"选项 {found[1]} 后面缺少值"
    if message.startswith("Missing command"):
        return "缺少命令"
    return message


def _name(parameter: Any, context: Context | None) -> str:
    if parameter is None:
        return "参数"
    return str(parameter.metavar or parameter.opts[0])


def _value(message: str) -> str:
    if "valid integer" in message or "valid number" in message:
        return "不是数字"
    for pattern, words in (
        (r"greater than or equal to (\S+)", "应不小于 {}"),
        (r"less than or equal to (\S+)", "应不大于 {}"),
        (r"is not one of (.*?)\.?$", "应为 {} 之一"),
    ):
        if found := re.search(pattern, message):
            return words.format(found[1])
    return message


def group(name: str, help: str) -> typer.Typer:
    """A typer application whose help is Chinese."""
    return typer.Typer(
        name=name,
        help=help,
        cls=ChineseGroup,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
