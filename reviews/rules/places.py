"""Jurisdictions and professions that the rules know, with their names, and how an address leads to a jurisdiction."""

from reviews.i18n import N_

JURISDICTIONS: dict[str, str] = {
    "CA-AB": N_("Alberta (Canada)"),
    "CA-BC": N_("British Columbia (Canada)"),
    "CA-ON": N_("Ontario (Canada)"),
    "CA-QC": N_("Quebec (Canada)"),
    "CA": N_("another place in Canada"),
    "AU": N_("Australia"),
    "EU": N_("European Union or EEA"),
    "GB": N_("United Kingdom"),
    "US": N_("United States"),
    "other": N_("another country"),
}
"""Codes as stored: a country (ISO 3166-1), a province (ISO 3166-2), ``EU`` for all of the EU and EEA, or ``other``."""

PROFESSIONS: dict[str, str] = {
    "acupuncturist": N_("acupuncturist"),
    "chiropractor": N_("chiropractor"),
    "dentist": N_("dentist"),
    "massage_therapist": N_("massage therapist"),
    "naturopath": N_("naturopath"),
    "occupational_therapist": N_("occupational therapist"),
    "physiotherapist": N_("physiotherapist"),
    "psychotherapist": N_("psychotherapist"),
    "speech_hearing": N_("speech or hearing professional"),
    "tcm_practitioner": N_("practitioner of traditional Chinese medicine"),
    "other": N_("another health profession"),
}

ANY_PROFESSION = N_("any health profession")

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_EU_AND_EEA = frozenset([*_EU.split(), "IS", "LI", "NO"])
_PROVINCES = {
    "alberta": "CA-AB",
    "british columbia": "CA-BC",
    "colombie-britannique": "CA-BC",
    "ontario": "CA-ON",
    "quebec": "CA-QC",
    "québec": "CA-QC",
}
_COUNTRIES = {
    "australia": "AU",
    "canada": "CA",
    "united kingdom": "GB",
    "uk": "GB",
    "united states": "US",
    "usa": "US",
}


def jurisdiction_of(country: str, region: str) -> str:
    """A proposal for an address, to be confirmed by a person: country as ISO code or English name, region as written.

    ``CA`` is a place in Canada without rows of its own, ``other`` any other country, ``""`` no country at all.
    """
    given = country.strip()
    code = _COUNTRIES.get(given.lower(), given.upper())
    if not code:
        return ""
    if code == "CA":
        province = _PROVINCES.get(region.strip().lower(), f"CA-{region.strip().upper().removeprefix('CA-')}")
        return province if province in JURISDICTIONS else "CA"
    if code in _EU_AND_EEA:
        return "EU"
    return code if code in JURISDICTIONS else "other"
