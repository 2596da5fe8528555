"""The offline bundle: complete, locked by hashes, repeatable; its installer refuses what cannot work."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def make_wheel(folder: Path, name: str, version: str, *needs: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{name}-{version}.dist-info/METADATA", "\n".join([*lines, *(f"Requires-Dist: {n}" for n in needs)]) + "\n"
        )
    return path


@pytest.fixture
def bundle(maker: ModuleType, tmp_path: Path) -> Path:
    """A bundle for this machine and Python, of two small wheels."""
    return laid_out(maker, tmp_path / "bundle", platform.machine(), HERE)


def laid_out(maker: ModuleType, folder: Path, arch: str, python: str, glibc: str = "2.17") -> Path:
    (folder / "wheels").mkdir(parents=True)
    make_wheel(folder / "wheels", "zhiwen", "0.1.0", "other")
    make_wheel(folder / "wheels", "other", "2.0")
    (folder / "requirements.txt").write_text(maker.locked(folder / "wheels"), encoding="utf-8")
    maker.add_files(folder, {"VERSION": "0.1.0", "ARCH": arch, "PYTHON": python, "GLIBC": glibc})
    maker.write_sums(folder)
    return folder


def install(bundle: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([bundle / "install.sh", *arguments], capture_output=True, text=True)


def test_what_the_target_lacks_is_named(maker: ModuleType, tmp_path: Path) -> None:
    make_wheel(
        tmp_path,
        "zhiwen",
        "0.1.0",
        "one>=2",
        "two",
        'on_arm; platform_machine == "aarch64"',
        'on_windows; sys_platform == "win32"',
        'wanted; extra == "more"',
        'unwanted; extra == "other"',
    )
    make_wheel(tmp_path, "one", "1.0")
    make_wheel(tmp_path, "two", "1.0", "three[fast]")
    make_wheel(tmp_path, "three", "1.0", 'deep; extra == "fast"')

    def named(arch: str, *extras: str) -> set[str]:
        problems = maker.missing(tmp_path, maker.environment_of(arch, "3.11"), extras)
        return {problem.split(" needs ")[1].split(",")[0].split(";")[0].strip() for problem in problems}

    assert named("x86_64") == {"one>=2", "deep"}
    assert named("aarch64", "more") == {"one>=2", "deep", "on_arm", "wanted"}


def test_every_wheel_but_pip_is_locked_by_its_hash(maker: ModuleType, tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path, "zhiwen", "0.1.0"), make_wheel(tmp_path, "Two_Words", "2.0")]
    make_wheel(tmp_path, "pip", "24.0")
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels]
    assert sorted(maker.locked(tmp_path).splitlines()) == [
        f"two-words==2.0 --hash=sha256:{hashes[1]}",
        f"zhiwen==0.1.0 --hash=sha256:{hashes[0]}",
    ]


def test_an_unknown_extra_is_refused(maker: ModuleType) -> None:
    project = {"dependencies": ["numpy"], "optional-dependencies": {"more": ["torch"]}}
    assert maker.requirements_of(project, ["more"]) == ["numpy", "torch"]
    with pytest.raises(maker.BundleFailed, match="les"):
        maker.requirements_of(project, ["les"])


def test_nothing_is_left_to_fill_in_and_all_is_summed(bundle: Path) -> None:
    for path in bundle.iterdir():
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not any(f"@{key}@" in text for key in ("VERSION", "ARCH", "PYTHON", "GLIBC")), path.name
    summed = {line.split("  ")[1] for line in (bundle / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    files = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert summed == files - {"SHA256SUMS"}


def test_equal_contents_give_equal_archives(maker: ModuleType, bundle: Path, tmp_path: Path) -> None:
    first = maker.pack(bundle, tmp_path / "1.tar.gz").read_bytes()
    for path in bundle.rglob("*"):
        os.utime(path, (1, 1))
    assert maker.pack(bundle, tmp_path / "2.tar.gz").read_bytes() == first
    with tarfile.open(tmp_path / "1.tar.gz") as archive:
        modes = {member.name: member.mode for member in archive}
        assert {member.uid for member in archive} == {0}
    assert modes["bundle/install.sh"] == 0o755
    assert modes["bundle/requirements.txt"] == 0o644
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("arch", "python", "glibc", "said"),
    [
        ("aarch64" if platform.machine() == "x86_64" else "x86_64", HERE, "2.17", "请换用对应的安装包"),
        (platform.machine(), "3.99", "2.17", "没有找到 Python 3.99"),
        (platform.machine(), HERE, "9.9", "需要 glibc 9.9"),
    ],
)
def test_a_machine_that_does_not_fit_is_refused(
    maker: ModuleType, tmp_path: Path, arch: str, python: str, glibc: str, said: str
) -> None:
    done = install(laid_out(maker, tmp_path / "b", arch, python, glibc), "--prefix", str(tmp_path / "opt"))
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "opt").exists()


@pytest.mark.parametrize("name", ["wheels/other-2.0-py3-none-any.whl", "requirements.txt"])
def test_a_changed_bundle_is_refused(bundle: Path, tmp_path: Path, name: str) -> None:
    with (bundle / name).open("ab") as file:
        file.write(b"\n")
    done = install(bundle, "--prefix", str(tmp_path / "opt"))
    assert (done.returncode, "SHA256SUMS" in done.stderr) == (1, True)
    assert not (tmp_path / "opt").exists()


def test_the_data_folder_is_never_installed_into(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "zhiwen.db").write_bytes(b"data")
    done = install(bundle, "--prefix", str(tmp_path / "home"), "--python", sys.executable)
    assert (done.returncode, "数据目录" in done.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["zhiwen.db"]


@pytest.mark.parametrize("arguments", [["--prefix"], ["--prefix", ""], ["--unknown"], ["--prefix", "/tmp/a b"]])
def test_wrong_arguments_are_refused(bundle: Path, arguments: list[str]) -> None:
    done = install(bundle, *arguments)
    assert (done.returncode, done.stderr.startswith("安装未完成：")) == (1, True)


def test_what_cannot_run_never_becomes_current(bundle: Path, tmp_path: Path) -> None:
    """These wheels hold nothing, and no pip is among them: the former release must stay in place."""
    (tmp_path / "opt" / "releases" / "old").mkdir(parents=True)
    (tmp_path / "opt" / "current").symlink_to("releases/old")
    done = install(bundle, "--prefix", str(tmp_path / "opt"), "--python", sys.executable)
    assert (done.returncode, "已安装的版本不受影响" in done.stderr) == (1, True)
    assert os.readlink(tmp_path / "opt" / "current") == "releases/old"
    assert not list((tmp_path / "opt" / "releases").glob("*/.complete"))


def test_the_scripts_are_sound_shell(bundle: Path) -> None:
    shell = shutil.which("dash") or shutil.which("sh")
    assert shell
    for name in ("install.sh", "zhiwen-admin"):
        assert subprocess.run([shell, "-n", bundle / name]).returncode == 0
