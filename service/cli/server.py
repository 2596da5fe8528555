"""Commands that keep the service running: serve, doctor, key."""

from typing import TYPE_CHECKING, Annotated

import typer

from service.bootstrap import Application, opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand, group
from service.cli.terminal import fail, note, say, say_json, table
from service.settings import Settings, read_settings

if TYPE_CHECKING:
    import socket

_keys = group("key", "密钥：供其他机器上的程序和浏览器使用。")


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    app.command(cls=ChineseCommand)(serve)
    app.command(cls=ChineseCommand)(doctor)
    _keys.command("add", cls=ChineseCommand)(add_key)
    _keys.command("list", cls=ChineseCommand)(show_keys)
    _keys.command("revoke", cls=ChineseCommand)(remove_key)
    app.add_typer(_keys, name="key")


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址；默认取 ZHIWEN_HOST 或 127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="端口；默认取 ZHIWEN_PORT 或 8000；0 表示任选一个空闲端口")
    ] = None,
    samples: Annotated[bool, typer.Option("--samples", help="首次启动时装入虚构样例")] = False,
) -> None:
    """启动服务：网页与接口。"""
    import dataclasses

    settings = read_settings()
    settings = dataclasses.replace(
        settings, host=settings.host if host is None else host, port=settings.port if port is None else port
    )
    with opened(settings) as application:
        _refuse_open_doors(application)
        if samples:
            from service.samples_loading import load_samples

            load_samples(application)
        _run(application, settings)


def _refuse_open_doors(application: Application) -> None:
    from service.access import list_keys

    if application.settings.on_loopback:
        return
    with application.store.reading() as reader:
        if list_keys(reader):
            return
    fail(
        f"监听 {application.settings.host} 会让其他机器访问，须先建立密钥：zhiwen key add 名称 --scope read；"
        "只在本机使用请用 --host 127.0.0.1"
    )


def listening(host: str, port: int) -> "socket.socket":
    """A socket bound to the address, as uvicorn takes it. Raises `OSError`."""
    import socket

    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it. Without, an answer's body waits for the receipt of its head (40 ms).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _run(application: Application, settings: Settings) -> None:
    import logging
    import socket

    import uvicorn

    from service.rest.app import create_app

    try:
        listener = listening(settings.host, settings.port)
    except OSError as error:
        fail(f"不能监听 {settings.host}:{settings.port}（{error.strerror}）；换一个端口试试：zhiwen serve --port 8001")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    application.operations.warm_up()
    port = listener.getsockname()[1]
    if settings.host in {"0.0.0.0", "::"}:
        note(
            f"质文图谱已启动：http://本机的IP地址:{port}/ （按 Ctrl-C 停止）。用域名访问须先把域名加入 ZHIWEN_ALLOWED_HOSTS"
        )
    else:
        shown = f"[{settings.host}]" if listener.family == socket.AF_INET6 else settings.host
        note(f"质文图谱已启动：http://{shown}:{port}/  （接口说明 /docs；按 Ctrl-C 停止）")
    config = uvicorn.Config(create_app(application), log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def doctor(json: Json = False) -> None:
    """体检：检查设置、知识库、本体和模型，说明哪里不对、怎么办。"""
    from service.checkup import examine

    findings = examine(read_settings())
    if json:
        say_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            say(f"{'正常' if finding.well else '异常'}  {finding.subject}：{finding.message}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def add_key(
    name: Annotated[str, typer.Argument(metavar="名称", help="给谁用，例如 dify")],
    scope: Annotated[
        str,
        typer.Option(help="权限：read 查询，review 还可核定，ingest 还可上传和删除，admin 全部（可代他人录入核定）"),
    ] = "read",
) -> None:
    """建立密钥；密钥只显示这一次。"""
    from service.access import create_key

    with opened() as application:
        try:
            secret = create_key(application.store, name, scope)
        except ValueError as error:
            fail(str(error))
    note(
        f"密钥 {name}（{scope}）已建立；从现在起，网页和接口都须凭密钥访问（网页：用户名任意，密码填密钥）。只显示这一次："
    )
    say(secret)


def show_keys(json: Json = False) -> None:
    """列出密钥的名称和权限。"""
    from service.access import list_keys

    with opened() as application, application.store.reading() as reader:
        keys = list_keys(reader)
    if json:
        say_json([{"id": key.name, "scope": key.scope, "created_at": key.created_at} for key in keys])
    elif keys:
        table(("名称", "权限", "建立时间"), [(key.name, key.scope, key.created_at) for key in keys])
    else:
        say("还没有密钥；没有密钥时服务只能在本机使用。")


def remove_key(name: Annotated[str, typer.Argument(metavar="名称")]) -> None:
    """撤销密钥。"""
    from service.access import revoke_key

    with opened() as application:
        if not revoke_key(application.store, name):
            fail(f"没有名为 {name} 的密钥；用 zhiwen key list 查看")
    note(f"密钥 {name} 已撤销")
