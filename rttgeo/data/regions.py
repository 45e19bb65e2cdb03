"""Names of states, provinces and other parts of countries that people take for places.

rttgeo ships no borders within countries: these names only serve to say what can be named instead. From
general knowledge; as `rttgeo.data.cities.plain` writes them.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from rttgeo.data.cities import plain

_PARTS: Final = {
    "US": (
        "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii "
        "idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan "
        "minnesota mississippi missouri montana nebraska nevada new_hampshire new_jersey new_mexico "
        "new_york_state north_carolina north_dakota ohio oklahoma oregon pennsylvania rhode_island "
        "south_carolina south_dakota tennessee texas utah vermont virginia washington_state west_virginia "
        "wisconsin wyoming new_england"
    ),
    "CA": (
        "alberta british_columbia manitoba new_brunswick newfoundland nova_scotia nunavut ontario "
        "prince_edward_island saskatchewan yukon northwest_territories"
    ),
    "DE": (
        "baden_wurttemberg bavaria bayern brandenburg hesse hessen lower_saxony niedersachsen "
        "mecklenburg_vorpommern north_rhine_westphalia nordrhein_westfalen nrw rhineland_palatinate "
        "rheinland_pfalz saarland saxony sachsen saxony_anhalt sachsen_anhalt schleswig_holstein thuringia "
        "thuringen"
    ),
    "GB": "england scotland wales northern_ireland cornwall yorkshire",
    "AU": "new_south_wales queensland south_australia tasmania victoria_state western_australia",
    "FR": "brittany bretagne normandy normandie alsace provence occitanie corsica corse ile_de_france",
    "ES": "andalusia andalucia aragon asturias basque_country catalonia catalunya galicia canary_islands",
    "IT": "lombardy lombardia piedmont piemonte sardinia sardegna sicily sicilia south_tyrol tuscany "
    "toscana umbria veneto",
    "AT": "burgenland carinthia karnten lower_austria niederosterreich upper_austria oberosterreich styria "
    "steiermark tyrol tirol vorarlberg",
    "BE": "flanders vlaanderen wallonia wallonie",
    "NL": "friesland gelderland noord_holland north_holland zeeland",
    "IN": "gujarat karnataka kerala maharashtra punjab rajasthan tamil_nadu uttar_pradesh west_bengal",
    "CN": "guangdong sichuan yunnan zhejiang jiangsu hebei hunan hubei",
    "JP": "hokkaido kyushu okinawa shikoku kansai kanto",
    "BR": "bahia minas_gerais parana pernambuco rio_grande_do_sul",
    "RU": "siberia tatarstan",
}  # fmt: skip
"""Parts by the code of their country, spaces as ``_``."""


def country_of_part(name: str) -> str:
    """Find the country of which a name is that of a part.

    >>> country_of_part("Bavaria"), country_of_part("new south wales"), country_of_part("Vienna")
    ('DE', 'AU', '')

    Parameters
    ----------
    name
        Such as ``Texas``, in any case.

    Returns
    -------
    str
        Its code (ISO 3166-1 alpha-2); empty where no part is known by that name.
    """
    return _countries().get(plain(name), "")


def part_hint(name: str) -> str:
    """Say that a name is that of a part of a country.

    Parameters
    ----------
    name
        As it was typed.

    Returns
    -------
    str
        Such as ``it is a part of a country (Germany)``, or "".
    """
    from rttgeo.data.countries import country_named  # slow to load

    code = country_of_part(name)
    return f"it is a part of a country ({country_named(code).name})" if code else ""


@cache
def _countries() -> dict[str, str]:
    return {
        part.replace("_", " "): code for code, parts in _PARTS.items() for part in parts.split()
    }
