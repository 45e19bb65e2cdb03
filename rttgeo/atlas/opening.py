"""Opening the folder of a data set for one run, and a connection to where it comes from."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path
from typing import NamedTuple

import filelock

from rttgeo.atlas.client import AtlasClient, key_from
from rttgeo.atlas.recipe import Recipe, default_folder, load_recipe
from rttgeo.atlas.session import Patience
from rttgeo.atlas.store import Store
from rttgeo.errors import BadInputError
from rttgeo.machine.files import is_left_over

HOST = "atlas.ripe.net"
HOST_ENV, CERTIFICATE_ENV = "RTTGEO_ATLAS_HOST", "RTTGEO_ATLAS_CERTIFICATE"
KEY_ENV = "ATLAS_API_KEY"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")


class Opened(NamedTuple):
    """A recipe, its folder (locked), and a connection.

    Attributes
    ----------
    recipe
        What is wanted.
    store
        Its folder.
    client
        Connection to the API.
    lock
        Keeps other runs out of the folder.
    """

    recipe: Recipe
    store: Store
    client: AtlasClient
    lock: filelock.FileLock

    def close(self) -> None:
        """Hang up, and let others have the folder."""
        self.client.close()
        self.lock.release()


def open_folder(
    dataset: str | Path | Recipe,
    directory: str | os.PathLike[str] | None,
    host: str | None,
    certificate: str | None,
    key_env: str,
    patience: Patience | None,
) -> Opened:
    """Open the folder of a data set, for this run alone, and a connection.

    Parameters
    ----------
    dataset, directory, host, certificate, key_env, patience
        As in `rttgeo.atlas.download.fetch`.

    Returns
    -------
    Opened
        The recipe, its folder, the connection and the lock; to be closed after use.

    Raises
    ------
    NotThereError
        When there is no such recipe.
    BadInputError
        When the folder cannot be used, or a setting is none.
    """
    recipe = dataset if isinstance(dataset, Recipe) else load_recipe(dataset)
    folder = Path(directory) if directory is not None else default_folder(recipe.name)
    client = atlas_connection(host, certificate, key_env, patience)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise BadInputError(f"{folder} is in use by another run") from error
    except OSError as error:
        raise BadInputError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        return Opened(recipe, _store(recipe, folder), client, lock)
    except BaseException:
        lock.release()
        raise


def connection(
    host: str,
    certificate: str | None,
    *,
    key: str | None = None,
    patience: Patience | None = None,
) -> AtlasClient:
    """Make a connection to a server, of settings that people give.

    Parameters
    ----------
    host
        ``name`` or ``name:port``.
    certificate
        Path of the certificate to trust in place of the usual ones.
    key
        API key, if any.
    patience
        Time-outs and retries.

    Returns
    -------
    AtlasClient
        Nothing is sent yet.

    Raises
    ------
    BadInputError
        When the host is no name, or the certificate none.
    """
    if not _HOST.fullmatch(host):
        raise BadInputError(f"host {host!r}: expected a name, or name:port, such as {HOST}")
    if certificate is not None and not Path(certificate).is_file():
        raise BadInputError(f"certificate {certificate}: there is no such file")
    if certificate is not None:
        try:
            ssl.create_default_context(cafile=certificate)
        except (ssl.SSLError, OSError) as error:
            raise BadInputError(f"certificate {certificate}: not in PEM format") from error
    return AtlasClient(host, certificate=certificate, key=key, patience=patience)


def atlas_connection(
    host: str | None = None,
    certificate: str | None = None,
    key_env: str = KEY_ENV,
    patience: Patience | None = None,
) -> AtlasClient:
    """Make a connection to RIPE Atlas; settings that are not given come from the environment.

    Parameters
    ----------
    host, certificate, key_env, patience
        As in `rttgeo.atlas.download.fetch`.

    Returns
    -------
    AtlasClient
        Nothing is sent yet.

    Raises
    ------
    BadInputError
        When a setting is none.
    """
    host = host or os.environ.get(HOST_ENV) or HOST
    certificate = certificate or os.environ.get(CERTIFICATE_ENV) or None
    return connection(host, certificate, key=key_from(os.environ, key_env), patience=patience)


def _store(recipe: Recipe, folder: Path) -> Store:
    """Files of the folder, whole ones only; of another recipe none."""
    store = Store(folder)
    if not store.entries:
        _refuse_strangers(folder)
    if _is_of_another(recipe, store):
        if any(name.startswith("results/") for name in store.entries):
            raise BadInputError(f"{folder} holds another recipe; give another directory or name")
        # A plan was made and nothing downloaded: what a person changed counts.
        store.entries.clear()
        store.save()
    store.sweep()
    if not store.has("recipe.json"):
        store.write_json("recipe.json", recipe.to_dict())
    return store


def _is_of_another(recipe: Recipe, store: Store) -> bool:
    path = store.path("recipe.json")
    if not store.has("recipe.json") or not path.is_file():
        return False
    return Recipe.from_dict(store.read("recipe.json"), str(path)) != recipe


def _refuse_strangers(folder: Path) -> None:
    """Stop before a folder that holds somebody's files: a data set has one of its own."""
    ours = ("manifest.json", "recipe.json", ".lock")
    for path in sorted(folder.iterdir()):
        if path.name not in ours and not is_left_over(path):
            raise BadInputError(f"{folder} holds {path.name}, which does not belong to a data set")
