"""Certificates made by tests stay in the tests' folders."""

import pytest


@pytest.fixture(autouse=True, scope="package")
def user_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder
