"""Names that people give to files and folders, as words that can stand in a folder's name, a file's and on the board.

A run under another name would go to its end and then be no entry. What cannot stand in a name becomes a hyphen; two
files may so come to one name, and their contents still have other hashes.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 100


def plain_word(name: str, otherwise: str) -> str:
    """A name as such a word; `otherwise` where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    return re.sub(r"\.{2,}", ".", re.sub(r"_{2,}", "_", word))[:_LONGEST].strip("-._") or otherwise
