"""A service over the samples, made once, and fresh ones for tests that write."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Application
from service.rest.app import create_app
from service.samples_loading import load_samples
from service.settings import Settings, read_settings


def settings_for(home: Path, **more: str) -> Settings:
    return read_settings({"ZHIWEN_HOME": str(home), **more})


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application whose base holds the samples; tests only read it."""
    application = Application(settings_for(tmp_path_factory.mktemp("sampled")))
    load_samples(application)
    yield application
    application.close()


@pytest.fixture(scope="session")
def client(sampled: Application) -> Iterator[TestClient]:
    with TestClient(create_app(sampled), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Application]:
    """An application over an empty home, to write into."""
    application = Application(settings_for(tmp_path / "数据 home"))
    yield application
    application.close()


@pytest.fixture
def fresh_client(fresh: Application) -> Iterator[TestClient]:
    with TestClient(create_app(fresh), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made
