# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""What looks like a date, in any language that we know months of; reading it exactly is the matter of `normalize`."""

import re

_MONTH = (
    r"(?:jan|feb|fév|fev|febr|mar|mär|maa|mrt|marz|márz|apr|avr|abr|mai|may|mag|mei|maj|jun|jui|giu|cze|czerw|jul|lug|lip|aug|aoû|aou|ago|sie|"
    r"sep|set|wrz|oct|okt|ott|paź|pazd|out|nov|nie|lis|dec|déc|dez|dic|gru|sty|lut|kwi|ene|gen|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|"
    r"янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|led|úno|bře|dub|kvě|čer|srp|zář|říj|pro)[^\W\d_]{0,9}\.?"
)
_NUMERIC = r"\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:20|19)?\d{2}|(?:19|20)\d{2}[./-]\d{1,2}(?:[./-]\d{1,2})?|(?:19|20)\d{2}年\d{1,2}月(?:\d{1,2}日)?"
_WORDED = (
    rf"\d{{1,2}}(?:st|nd|rd|th|er|º|ª|\.)?(?:\s+(?:de|of|d[’'])?)?\s*[-/ ]?\s*{_MONTH}(?:\s+(?:de|del))?[\s,.-]+(?:19|20)\d{{2}}|"
    rf"{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}}|{_MONTH}(?:\s+de)?[\s,]+(?:19|20)\d{{2}}"
)
_UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?|jours?|semaines?|mois|ans?|années?|heures?|tag(?:en)?|tage|"
    r"wochen?|monat(?:en|e)?|jahr(?:en|e)?|stunden?|d[ií]as?|semanas?|mes(?:es)?|años?|horas?|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|or[ae]|dagen?|"
    r"dag|weken|week|maand(?:en)?|ja+r(?:en)?|dni|dzień|tygodni\w*|tydzień|miesi\w+|rok|lata?|gün|hafta|ay|yıl|godzin\w*)"
)
_COUNT = r"(?:\d{1,3}|a|an|one|un|une|ein(?:em|er)?|una?|uno|een|jeden|bir)"
_RELATIVE = (
    rf"(?:about |over |almost |circa |env(?:iron)? )?{_COUNT}\s+{_UNIT}\s+(?:ago|fa|geleden|temu|önce|atrás|hace)|"
    rf"(?:il y a|vor|hace|há|před)\s+(?:etwa |environ |unos? )?{_COUNT}\s+{_UNIT}|"
    r"(?:today|yesterday|just now|hier|aujourd['’]hui|gestern|heute|ayer|hoy|ieri|oggi|gisteren|vandaag|wczoraj|dzisiaj|last (?:week|month|year))"
)
_CLOCK = r"(?:[\s,]*(?:at|um|à|alle|om|a las|o|,|-|–|T)?\s*\d{1,2}[:h.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?)?"
_LEAD = (
    r"(?:(?:reviewed|posted|published|written|added|date|submitted|visited|on|le|am|vom|el|il|op|dodano|data|datum|fecha|publié|publiée|"
    r"veröffentlicht|publicado|pubblicat[oa]|geplaatst|edited|updated|review(?:ed)? on|visit(?:ed)?|dated|avis (?:publié|du)|recensito)[\s:.,]*){0,4}"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
)
DATE = rf"(?:{_WORDED}|{_NUMERIC}|{_RELATIVE})"
_WHOLE = re.compile(rf"[\W_]*{_LEAD}({DATE}{_CLOCK})[\W_]*", re.IGNORECASE)
_AT_END = re.compile(rf"[\s,;|·•(–—-]+(?:on |am |le |el |il |, )?({DATE}{_CLOCK})\)?\s*\Z", re.IGNORECASE)
MAX_CHARS = 70


def find_date(text: str) -> str | None:
    """The date in a text that is nothing else, as written; else None."""
    if not 3 < len(text) <= MAX_CHARS:
        return None
    found = _WHOLE.fullmatch(text)
    return found.group(1).strip() if found else None


def split_date(text: str) -> tuple[str, str | None]:
    """A short text without the date at its end, and that date."""
    if len(text) > 2 * MAX_CHARS:
        return text, None
    found = _AT_END.search(text)
    return (text[: found.start()].strip(), found.group(1).strip()) if found else (text, None)
