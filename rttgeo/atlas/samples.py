"""From samples to minimum round-trip times, and from a fetched data set to a mesh."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.atlas import metadata, placed
from rttgeo.atlas.recipe import Recipe, default_folder
from rttgeo.atlas.store import Store
from rttgeo.constants import COLOCATED_KM
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.minima import pair_minima

Family = Literal["both", "4", "6"]


def minimum_rtts(
    samples: pa.Table, *, family: Family = "both", min_samples: int = 1, robust: bool = False
) -> pd.DataFrame:
    """Minimum RTT of each pair of probe and anchor.

    Parameters
    ----------
    samples
        Columns of `rttgeo.atlas.sample_table.SAMPLE_SCHEMA`; ``probe``, ``anchor``, ``rtt_us`` and
        where known ``family`` and ``hops`` are used.
    family
        Of the Internet protocol; the papers took both together.
    min_samples, robust
        See `rttgeo.minima.pair_minima`.

    Returns
    -------
    pandas.DataFrame
        ``anchor``, ``probe``, ``rtt_ms``, ``samples``, ``deviation_ms``, ``hops``; sorted by
        anchor, then probe.

    Raises
    ------
    BadInputError
        When ``family`` is none of the three or ``min_samples`` is below 1.
    """
    if family not in ("both", "4", "6"):
        raise BadInputError(f"family {family!r}: expected both, 4 or 6")
    if family != "both":
        samples = samples.filter(pa.compute.equal(samples["family"], int(family)))
    anchor = samples["anchor"].cast(pa.string()).combine_chunks().dictionary_encode()
    names = np.array(anchor.dictionary.to_pylist(), dtype=object)
    code = _rank(names)[anchor.indices.to_numpy()] if len(names) else np.empty(0, dtype=np.int64)
    pairs = pair_minima(
        code,
        samples["probe"].to_numpy().astype(np.int64),
        samples["rtt_us"].to_numpy() / 1000.0,
        samples["hops"].to_numpy(zero_copy_only=False).astype(float),
        min_samples=min_samples,
        robust=robust,
    )
    pairs["target"] = np.sort(names)[pairs["target"]] if len(names) else names
    return pairs.rename(columns={"target": "anchor", "landmark": "probe"})


def _rank(names: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(names)] = np.arange(len(names))
    return rank


def load_mesh(
    dataset: str | os.PathLike[str],
    *,
    family: Family = "both",
    min_samples: int = 1,
    robust: bool = False,
    colocated_km: float = COLOCATED_KM,
) -> Mesh:
    """Make a mesh of a fetched data set: probes are the landmarks, anchors the targets.

    Parameters
    ----------
    dataset
        Folder that `rttgeo.atlas.fetch` filled, or the name of a recipe fetched to the default
        folder.
    family, min_samples, robust
        See `minimum_rtts`.
    colocated_km
        Pairs closer than this are left out, as both papers did.

    Returns
    -------
    Mesh
        A probe that is the anchor of the data set itself bears its name; others their number.

    Raises
    ------
    NotThereError
        When nothing was fetched there.
    BadInputError
        When the folder is damaged, or nothing in it can be used.

    Warns
    -----
    UserWarning
        When parts of the data set have not been fetched; the mesh's provenance says so too.
    """
    folder = Path(dataset) if Path(dataset).is_dir() else default_folder(str(dataset))
    if not (folder / "recipe.json").is_file():
        raise NotThereError(f"nothing was fetched to {folder}: run `rttgeo fetch {dataset}` first")
    store = Store(folder)
    recipe = Recipe.from_dict(store.read("recipe.json"), str(folder / "recipe.json"))
    some = [
        minimum_rtts(table, family=family, min_samples=min_samples, robust=robust)
        for _, table in tables_by_anchor(store)
    ]
    if not some or not store.has("probes.json", "anchors.json"):
        raise NotThereError(f"{folder}: not fetched yet; run `rttgeo fetch {recipe.name}` again")
    if not any(len(pairs) for pairs in some):
        raise BadInputError(f"{folder}: no pair has enough samples")
    probes = {int(p["id"]): p for p in store.read("probes.json")}
    anchors = {metadata.short_name(a.get("fqdn")): a for a in store.read("anchors.json")}
    mesh = build_mesh(pd.concat(some), probes, anchors, recipe, store)
    apart = mesh.distance_km
    return mesh.where(~(apart < colocated_km))


PAIR_COLUMNS = ("probe", "anchor", "family", "hops", "rtt_us")


def tables_by_anchor(
    store: Store, columns: Sequence[str] = PAIR_COLUMNS, *, anchors: Sequence[str] | None = None
) -> Iterator[tuple[str, pa.Table]]:
    """All samples of one anchor after the other: memory holds one anchor at a time.

    Parameters
    ----------
    store
        What was fetched.
    columns
        Of `rttgeo.atlas.sample_table.SAMPLE_SCHEMA`.
    anchors
        Only these; all by default.

    Yields
    ------
    tuple
        Name of the anchor, and its samples: one row each, with the columns asked for.
    """
    names = metadata.anchor_names(store.read("measurements.json"))
    files: dict[str, list[Path]] = {}
    for entry in sorted(store.entries):
        if entry.startswith("samples/"):
            number = int(entry.split("/")[1].split("-")[0])
            name = names.get(number, f"measurement {number}")
            files.setdefault(name, []).append(store.path(entry))
    for name in sorted(files if anchors is None else files.keys() & set(anchors)):
        tables = [
            pq.read_table(path, columns=list(columns), pre_buffer=False) for path in files[name]
        ]
        yield name, pa.concat_tables([t for t in tables if t.num_rows] or tables[:1])


def build_mesh(
    pairs: pd.DataFrame,
    probes: Mapping[int, Mapping[str, Any]],
    anchors: Mapping[str, Mapping[str, Any]],
    recipe: Recipe,
    store: Store,
) -> Mesh:
    """Give the ends of pairs their places; probes without one, or not wanted, are left out.

    Parameters
    ----------
    pairs
        One row per probe and anchor, with their minimum RTT.
    probes
        Probes by number, as the API describes them.
    anchors
        Anchors by short name, as the API describes them.
    recipe
        Which probes are wanted.
    store
        Where the data come from, for the mesh's record and for messages.

    Returns
    -------
    Mesh
        Probes as landmarks, anchors as targets.

    Raises
    ------
    BadInputError
        When no probe with samples has a known place.
    """
    wanted = {
        number
        for number, probe in probes.items()
        if placed.has_place(probe) and metadata.is_wanted(probe, recipe)
    }
    pairs = pairs[pairs["probe"].isin(wanted)]
    if pairs.empty:
        raise BadInputError(f"{store.folder}: no probe with samples has a known place")
    own = {int(a["probe"]): n for n, a in anchors.items() if isinstance(a.get("probe"), int)}
    numbers, names = sorted(pairs["probe"].unique()), sorted(pairs["anchor"].unique())
    landmarks = _landmarks(numbers, probes, own)
    targets = _targets(names, anchors)
    target = pd.Series(range(len(names)), index=names)
    landmark = pd.Series(range(len(numbers)), index=numbers)
    rows = pairs.assign(
        target=target.loc[pairs["anchor"]].to_numpy(),
        landmark=landmark.loc[pairs["probe"]].to_numpy(),
    )
    provenance = Provenance(
        recipe.name,
        "measured" if _is_measured(probes, anchors) else "simulated",
        "; ".join(text for text in ("RIPE Atlas", recipe.about, _lacking(store)) if text),
        recipe.start[:10],
        "RIPE Atlas terms of service",
        "minimum",
    )
    return Mesh.build(landmarks, targets, rows, provenance)


def _lacking(store: Store) -> str:
    """Say what has not been fetched; nothing if all is there."""
    parts = store.read("parts.json") if store.has("parts.json") else []
    lacking = sum(not store.has(name) for name in parts)
    if not lacking:
        return ""
    said = f"{lacking} of {number_of(len(parts), 'part')} not fetched"
    warnings.warn(f"{store.folder}: {said}; the same command continues", UserWarning, stacklevel=4)
    return said


def _is_measured(
    probes: Mapping[int, Mapping[str, Any]], anchors: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether nothing is marked as simulated: the simulator answers in the Atlas format too."""
    marked = any("simulated" in metadata.tags_of(probe) for probe in probes.values())
    return not marked and not any(a.get("simulated") for a in anchors.values())


def _landmarks(
    numbers: list[int], probes: Mapping[int, Mapping[str, Any]], own: Mapping[int, str]
) -> gpd.GeoDataFrame:
    places = [placed.place(probes[n]) or (np.nan, np.nan) for n in numbers]
    return nodes(
        [own.get(n, str(n)) for n in numbers],
        [lon for lon, _ in places],
        [lat for _, lat in places],
        probe=np.array(numbers),
        country=_texts([probes[n] for n in numbers], "country_code"),
        asn_v4=pd.array([metadata.whole(probes[n], "asn_v4") for n in numbers], dtype="Int64"),
        asn_v6=pd.array([metadata.whole(probes[n], "asn_v6") for n in numbers], dtype="Int64"),
        is_anchor=[bool(probes[n].get("is_anchor")) for n in numbers],
        located=[str(probes[n].get("located", "")) for n in numbers],
    )


def _targets(names: list[str], anchors: Mapping[str, Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Anchors as targets; one that the API lists no more has its place of 2020 if known."""
    retired = _anchors_of_2020() if any(name not in anchors for name in names) else {}
    said = [anchors.get(name) or retired.get(name, {}) for name in names]
    places = [placed.place(anchor) or (np.nan, np.nan) for anchor in said]
    located = ["api" if n in anchors else "2020" if n in retired else "" for n in names]
    more = {key: _texts(said, key) for key in ("city", "country", "ip_v4", "ip_v6")}
    lon, lat = zip(*places, strict=True)
    return nodes(names, lon, lat, located=np.array(located, dtype=object), **more)


def _texts(items: list[Mapping[str, Any]], key: str) -> npt.NDArray[np.object_]:
    said = [item.get(key) for item in items]
    return np.array([text if isinstance(text, str) else None for text in said], dtype=object)


def _anchors_of_2020() -> dict[str, dict[str, Any]]:
    """Anchors as they were listed in 2020: the table that comes with rttgeo."""
    table = pd.read_csv(data_path("anchors.csv"), keep_default_na=False)
    return {
        str(row["anchor"]): {**row, "longitude": row["lon"], "latitude": row["lat"]}
        for row in table.to_dict("records")
    }
