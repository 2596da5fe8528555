"""The one reader of the environment: every setting of the product, with its default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "ZHIWEN_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingsInvalid(ValueError):
    """A setting has a value that cannot be used; the message names the variable and what to do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Name, default and meaning of one environment variable (the documentation is made from these)."""

    variable: str
    default: str
    meaning: str


DECLARED = (
    Setting("ZHIWEN_HOME", "~/.zhiwen", "数据目录：知识库、原始文件、本单位的本体补充（ontology/*.ttl）"),
    Setting(
        "ZHIWEN_STORE",
        "ZHIWEN_HOME/zhiwen.db",
        "知识库的位置：一个文件路径，或 Neo4j 的地址（neo4j://、bolt://，可加 +s）",
    ),
    Setting("ZHIWEN_NEO4J_USER", "neo4j", "Neo4j 的用户名"),
    Setting("ZHIWEN_NEO4J_PASSWORD", "", "Neo4j 的密码；更稳妥的是用下一项"),
    Setting("ZHIWEN_NEO4J_PASSWORD_FILE", "", "存放 Neo4j 密码的文件"),
    Setting("ZHIWEN_NEO4J_DATABASE", "neo4j", "Neo4j 的数据库名"),
    Setting("ZHIWEN_NEO4J_CA_FILE", "", "信任的证书（PEM），用于 neo4j+s://、bolt+s://"),
    Setting("ZHIWEN_STORE_READ_ONLY", "false", "true 时只读：不建库、不升级、不写入，写入类接口一律谢绝"),
    Setting("ZHIWEN_EMBEDDER", "static", "向量模型：static、fitted、onnx:文件夹、transformer:文件夹或模型名"),
    Setting("ZHIWEN_HOST", "127.0.0.1", "服务监听的地址；非本机地址须先建立密钥"),
    Setting("ZHIWEN_PORT", "8000", "服务监听的端口"),
    Setting("ZHIWEN_ALLOWED_HOSTS", "", "除监听地址外，还允许以哪些主机名访问（逗号分隔）"),
    Setting("ZHIWEN_BASE_IRI", "https://zhiwen.example/id/", "RDF 输出中标识符的前缀"),
    Setting("ZHIWEN_MAX_UPLOAD_MB", "50", "单个上传文件的大小上限（MB）"),
    Setting("ZHIWEN_REVIEW_BY_TWO", "false", "两人核定：true 时，结论须由两个不同的人给出相同意见才生效"),
)


@dataclass(frozen=True, slots=True)
class Neo4jLogin:
    """How to log in to the Neo4j server that `store` names; `password` is a secret and is never shown."""

    user: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str = "neo4j"
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. Paths are absolute; `store` is the path of the embedded store or a server's URL."""

    home: Path
    store: str
    neo4j: "Neo4jLogin"
    store_read_only: bool = False
    embedder: str = "static"
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    base_iri: str = "https://zhiwen.example/id/"
    max_upload_bytes: int = 50 * 1024 * 1024
    review_by_two: bool = False

    @property
    def store_file(self) -> Path | None:
        """The embedded store's file; `None` when the store is a server."""
        return None if "://" in self.store else Path(self.store)

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def overlay(self) -> Path:
        return self.home / "ontology"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def on_loopback(self) -> bool:
        return self.host in LOOPBACK


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environment` (the process's own when not given). Raises `SettingsInvalid`."""
    env = os.environ if environment is None else environment
    known = {setting.variable for setting in DECLARED}
    for name in env:
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"):
            raise SettingsInvalid(f"不认识的设置 {name}；可用的设置：{'、'.join(sorted(known))}")
    value = {setting.variable: env.get(setting.variable) or setting.default for setting in DECLARED}
    home = Path(value["ZHIWEN_HOME"]).expanduser().absolute()
    return Settings(
        home=home,
        store=_store(env.get("ZHIWEN_STORE"), home),
        neo4j=Neo4jLogin(
            user=value["ZHIWEN_NEO4J_USER"],
            password=_secret(value["ZHIWEN_NEO4J_PASSWORD"], value["ZHIWEN_NEO4J_PASSWORD_FILE"]),
            database=value["ZHIWEN_NEO4J_DATABASE"],
            ca_file=Path(value["ZHIWEN_NEO4J_CA_FILE"]).absolute() if value["ZHIWEN_NEO4J_CA_FILE"] else None,
        ),
        store_read_only=_yes_or_no("ZHIWEN_STORE_READ_ONLY", value["ZHIWEN_STORE_READ_ONLY"]),
        embedder=value["ZHIWEN_EMBEDDER"],
        host=value["ZHIWEN_HOST"],
        port=_whole_number("ZHIWEN_PORT", value["ZHIWEN_PORT"], 0, 65535),
        allowed_hosts=tuple(host.strip().lower() for host in value["ZHIWEN_ALLOWED_HOSTS"].split(",") if host.strip()),
        base_iri=_iri(value["ZHIWEN_BASE_IRI"]),
        max_upload_bytes=_whole_number("ZHIWEN_MAX_UPLOAD_MB", value["ZHIWEN_MAX_UPLOAD_MB"], 1, 1024) * 1024 * 1024,
        review_by_two=_yes_or_no("ZHIWEN_REVIEW_BY_TWO", value["ZHIWEN_REVIEW_BY_TWO"]),
    )


def _store(given: str | None, home: Path) -> str:
    if not given:
        return str(home / "zhiwen.db")
    if "://" not in given:
        return str(Path(given).expanduser().absolute())
    scheme = given.partition("://")[0]
    if scheme.removesuffix("+s").removesuffix("+ssc") not in {"neo4j", "bolt"}:
        raise SettingsInvalid(f"ZHIWEN_STORE={given}：应为文件路径，或 neo4j://、bolt:// 开头的地址（可加 +s、+ssc）")
    return given


def _secret(given: str, file: str) -> str:
    if not file:
        return given
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsInvalid(f"ZHIWEN_NEO4J_PASSWORD_FILE={file}：不能读取（{error.strerror}）") from error


def _whole_number(variable: str, text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise SettingsInvalid(f"{variable}={text}：应为 {least} 到 {most} 之间的整数")
    return number


def _yes_or_no(variable: str, text: str) -> bool:
    if text.strip().lower() not in {"true", "false"}:
        raise SettingsInvalid(f"{variable}={text}：应为 true 或 false")
    return text.strip().lower() == "true"


def _iri(text: str) -> str:
    if "://" not in text or not text.endswith(("/", "#")) or any(character.isspace() for character in text):
        raise SettingsInvalid(f"ZHIWEN_BASE_IRI={text}：应为以 / 或 # 结尾的网址，例如 https://quality.example/id/")
    return text
