# SPDX-License-Identifier: Apache-2.0
"""What the pages say, in the language of whoever reads: `t` for texts, `fmt` for numbers and times.

A text has a key, `<subject>.<name>`, and stands in `<language>/<subject>.toml`.
"""

from web_admin.texts import formats as fmt
from web_admin.texts.catalogue import Plural, UnknownText, languages, texts
from web_admin.texts.language import COOKIE, language
from web_admin.texts.speech import t, t_or

__all__ = ["COOKIE", "Plural", "UnknownText", "fmt", "language", "languages", "t", "t_or", "texts"]
