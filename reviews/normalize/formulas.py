"""Cells that no spreadsheet takes for a formula, and the way back.

A spreadsheet looks at the first character that it can see: blanks and invisible characters before it do not count, and
full-width signs count as the plain ones (OWASP, CSV injection). Each line of a cell is treated alike, since a reader
that breaks a cell at its line ends would make a cell of each. The apostrophe that is put before a line is taken away by
our own import; a line that has apostrophes already gets one more, so that what comes back is what went out.
"""

import re
import unicodedata

SIGNS = frozenset("=+-@")
_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))


def protect(cell: str) -> str:
    """The cell as text for any spreadsheet."""
    safe = _LINE.sub(lambda line: f"'{line[0]}" if _is_formula(line[0]) else line[0], cell)
    return f"'{safe}" if _starts_oddly(safe) else safe


def unprotect(cell: str) -> str:
    """What `protect` was given."""
    if "'" not in cell:
        return cell
    cell = cell[1:] if cell[0] == "'" and _starts_oddly(cell) else cell
    return _LINE.sub(lambda line: line[0][1:] if line[0][0] == "'" and _is_formula(line[0]) else line[0], cell)


def _is_formula(line: str) -> bool:
    for sign in line.lstrip("'"):
        if unicodedata.category(sign) not in _INVISIBLE:
            return unicodedata.normalize("NFKC", sign) in SIGNS
    return False


def _starts_oddly(cell: str) -> bool:
    return cell.lstrip("'")[:1] in ("\t", "\r", "\n")
