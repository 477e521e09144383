# SPDX-License-Identifier: Apache-2.0
"""How packages are fetched: from clients that stand in for those of the registries."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from recipe.packages import Package, RecipeError, fetch, member


def tar_of(name, content):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def zip_of(name, content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def package(tmp_path):
    """Makes a package whose client is a shell command that is given the folder as $2 and what to fetch as $3."""

    def make(content, client='cp "{source}" "$2/$3.tgz"'):
        source = tmp_path / "source"
        source.write_bytes(content)
        command = ("sh", "-c", client.format(source=source), "client")
        return Package("thing", "1.0", hashlib.sha256(content).hexdigest(), command, "--to", "@")

    return make


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_file_of_a_package(package, tmp_path, pack):
    assert member(package(pack("a/b.txt", b"hello")), tmp_path / "cache", "a/b.txt") == b"hello"


def test_it_is_downloaded_once(package, tmp_path):
    cache = tmp_path / "cache"
    wanted = package(b"content")
    assert fetch(wanted, cache).read_bytes() == b"content"
    (tmp_path / "source").unlink()
    assert fetch(wanted, cache).read_bytes() == b"content"
    assert len(list(cache.iterdir())) == 1


def test_another_content_is_refused_and_not_kept(package, tmp_path):
    wanted = package(b"content")
    (tmp_path / "source").write_bytes(b"something else")
    with pytest.raises(RecipeError, match=r"thing 1\.0 has the sha256 \w{64}, not "):
        fetch(wanted, tmp_path / "cache")
    (tmp_path / "source").write_bytes(b"content")
    assert fetch(wanted, tmp_path / "cache").read_bytes() == b"content"


def test_a_missing_client_is_named(package, tmp_path):
    wanted = package(b"")._replace(client=("no-such-client", "pack"))
    with pytest.raises(RecipeError, match=r"There is no no-such-client, which downloads thing@1\.0"):
        fetch(wanted, tmp_path / "cache")


def test_what_the_client_says_is_passed_on(package, tmp_path):
    wanted = package(b"", client="echo a warning >&2; echo error: no network >&2; exit 1")
    with pytest.raises(RecipeError, match=r"thing@1\.0 cannot be downloaded\. sh says: error: no network"):
        fetch(wanted, tmp_path / "cache")
