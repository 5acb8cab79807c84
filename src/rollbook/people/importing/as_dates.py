"""IDs that a spreadsheet program took for dates: 3-12 is saved as 12-Mar, 03.12.2026 or 2026-03-12 (CASES 38).

As regular expressions of PostgreSQL. Days and months are those of a calendar: 2026-0312 and 45-12-3 are IDs.
"""

# What every one of them has and few IDs have; a third of the time, or an import of a million users is felt.
MARKED = "[0-9][-./ ]|[-./ ][0-9]|[0-9][月월]"
DAY = "(0?[1-9]|[12][0-9]|3[01])"
MONTH = "(0?[1-9]|1[0-2])"
YEAR = "(19|20)[0-9]{2}"
TIME = "([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( [AP]M)?)?"
BETWEEN = "([-/ ]|[.] ?)"
# As English and German programs shorten them.
NAME = "(J[aä]n|Feb|M[aä]r|Mrz|Apr|Ma[iy]|Jun|Jul|Aug|Sept?|O[ck]t|Nov|De[cz])"
# As programs in Chinese, Japanese and Korean write 3-12.
SIGNS = f"{YEAR}[年년] ?{MONTH}[月월]( ?{DAY}[日일])?|{MONTH}[月월] ?{DAY}[日일]"
# As others do: without capitals, in which people write user names like jan-12 as well.
OTHER_NAME = (
    "(janv?|jän|ene|gen|feb|févr?|fev|mars?|märz?|mrz|mrt|a[bpv]r|ma[igjy]|jun[ei]?|juin|giu|jul[iy]?|juil|lug|aug|ago|août|"
    "sept?|set|o[ck]t|out|ott|nov|de[csz]|déc|dic|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|"
    "oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[.]?"
)


def _in_numbers(year: str, year_first: str = "") -> str:
    parts = []
    for mark in ("[-]", "[/]", "[.] ?"):
        parts.append(f"({DAY}{mark}{MONTH}|{MONTH}{mark}{DAY}){mark}{year}")
        if year_first:
            parts.append(f"{year_first}{mark}{MONTH}{mark}{DAY}")
    return "|".join(parts)


def _with_name(name: str) -> str:
    year = f"([0-9]{{2}}|{YEAR})"
    return f"{DAY}{BETWEEN}{name}({BETWEEN}{year})?|{name}{BETWEEN}{year}"


# What hardly anybody gives for an ID.
DATE = f"^(({_in_numbers(YEAR, YEAR)})[.]?{TIME}|{_with_name(NAME)}|{SIGNS})$"
# What may be one: to be compared without case.
PERHAPS_DATE = f"^({_in_numbers('[0-9]{2}')}|{_with_name(OTHER_NAME)})$"
