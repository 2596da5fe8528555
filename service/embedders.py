"""The embedder that `ZHIWEN_EMBEDDER` names."""

from pathlib import Path

from engines.embedder import Embedder
from service.settings import SettingsInvalid

FORMS = "static、static:文件夹、fitted、onnx:文件夹、transformer:文件夹或模型名"


def load_embedder(setting: str) -> Embedder:
    """`static[:FOLDER]`, `fitted`, `onnx:FOLDER` or `transformer:FOLDER-or-name`. Raises `SettingsInvalid`."""
    kind, _, where = setting.partition(":")
    if kind == "fitted" and not where:
        from engines.embedding.fitted import FittedEmbedder

        return FittedEmbedder.load()
    if kind == "static":
        from engines.embedding.static import FOLDER, StaticEmbedder, StaticModelInvalid

        try:
            return StaticEmbedder.load(Path(where).expanduser() if where else FOLDER)
        except StaticModelInvalid as error:
            raise _unusable(setting, error) from error
    if kind == "onnx" and where:
        from engines.embedding.onnx import EncoderInvalid, OnnxEmbedder

        try:
            return OnnxEmbedder.load(Path(where).expanduser())
        except EncoderInvalid as error:
            raise _unusable(setting, error) from error
    if kind == "transformer" and where:
        from engines.embedding.transformer import TransformerEmbedder, TransformerInvalid

        try:
            return TransformerEmbedder.load(where)
        except TransformerInvalid as error:
            raise _unusable(setting, error) from error
    raise SettingsInvalid(f"ZHIWEN_EMBEDDER={setting}：应为 {FORMS}")


def _unusable(setting: str, error: Exception) -> SettingsInvalid:
    return SettingsInvalid(f"ZHIWEN_EMBEDDER={setting}：{error}")
