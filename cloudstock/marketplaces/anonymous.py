"""Takes people out of requests and answers, so that they can be shown to a stranger.

What is kept is listed, not what is dropped: each adapter says which of its fields hold articles,
ids, statuses and the like (`Kept`), and every other text becomes the name of its field in angle
brackets. A field that a marketplace adds tomorrow is therefore replaced until somebody has looked
at it. What looks like a phone, an e-mail address or a key is replaced in the kept fields, too.

Values keep their JSON type, so that whatever could be read can still be read.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus

import msgspec

from cloudstock.redaction import Redactor

# No article, page token or sentence is longer. An answer that is not JSON is a page of a proxy: its
# beginning tells whose.
TEXT_MAX = 2_000
# A text longer than this is marked as such: it tells a comment from a name.
LONG = 100
# A number with so many digits may be a phone or a taxpayer's number.
TELLING_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """Which texts of one marketplace's requests and answers are kept.

    Entries are names of fields, or `parent.name` where another parent's field of that name is
    somebody's; the longer entry goes first. Elements of a list count as the list.
    """

    # Articles, numbers, barcodes, page tokens: kept whatever they look like, but for phones
    # written as such, e-mail addresses and keys.
    ids: frozenset[str]
    # Statuses, codes, enum words: kept where they are one word, else as a sentence is.
    words: frozenset[str]
    # What goods are called.
    titles: frozenset[str]
    # What the marketplace says to a programmer: kept without names, addresses and long numbers.
    sentences: frozenset[str]
    # Fields about a person or a firm: nothing in them or below them is kept, numbers included.
    people: frozenset[str]
    # What the marketplace calls itself, which is nobody's name.
    own_names: frozenset[str]

    @classmethod
    def of(
        cls, *, ids: str, words: str, titles: str, sentences: str, people: str, own_names: str
    ) -> Kept:
        """Return it from names parted by blanks."""
        lists = (ids, words, titles, sentences, people, own_names)
        return cls(*(frozenset(names.split()) for names in lists))


# Whose these are in any answer, as `_plain_name` writes them.
PEOPLE = frozenset(
    """
    address addressee birthdate birthday buyer client clientname consignee contact contacts
    coordinates courier customer email emails fio firstname fullname gps inn kpp lastname lat
    latitude legalname lng lon longitude middlename notes ogrn passport patronymic person phone
    phones pin receiver recipient sender surname tin user userinfo
    """.split()  # noqa: SIM905 - a list to be read
)

_HYPHENS = r"[\s().\-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{NO-BREAK SPACE}]"
# Patterns begin where a run of their signs begins: else a long run would be tried from each sign.
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+(?:@|%40)(?:[\w-]+\.)+\w+")
# With any sign around the @, also without a domain's dot.
_ANY_EMAIL = re.compile(r"(?<![^\s@<>\"',;])[^\s@<>\"',;]+(?:@|%40)[^\s@<>\"',;]+")
_KEY = re.compile(
    # A JSON web token, which begins with {" or a brace and a blank; Yandex' token.
    r"ey[JA][\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|ACMA:\S{8,}"
)
_ANY_KEY = re.compile(
    rf"{_KEY.pattern}"
    r"|(?i:\b(?:bearer|basic|oauth)\s+\S{8,})"
    r"|(?i:\b(?:api[-_ ]?key|token|secret|password|authorization)[\"']?\s*[:=]\s*[\"']?"
    r"[^\s\"',;]{6,})"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|(?<![\w+=-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{32,}"
    # Methods' paths have slashes too, but no capitals.
    r"|(?<![\w/+=-])(?=[\w/+=-]*\d)(?=[\w/+=-]*[A-Z])(?=[\w/+=-]*[a-z])[\w/+=-]{32,}"
)
# With a plus, in groups, or eleven digits as in Russia.
_PHONE = re.compile(
    rf"\+\d(?:{_HYPHENS}{{0,3}}\d){{9,14}}"
    rf"|(?<!\d)(?:[78]{_HYPHENS}{{1,2}})?\(?\d{{3}}\)?{_HYPHENS}{{1,2}}\d{{3}}"
    rf"{_HYPHENS}\d\d{_HYPHENS}\d\d(?!\d)|(?<!\d)[78]9\d{{9}}(?!\d)"
)
_ANY_NUMBER = re.compile(rf"\+?\(?\d(?:{_HYPHENS}{{0,2}}\d){{{TELLING_DIGITS - 1},}}")
# Dates, and Ozon's posting numbers: many digits that are nobody's.
_NOBODYS_NUMBER = re.compile(
    r"((?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)"
    r"|(?<![\d-])\d{6,12}-\d{4}-\d{1,3}(?![\d-]))"
)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d\d[-.]\d\d[-.]\d{4}(?: \d\d:\d\d(?::\d\d)?)?"
    r"|\d\d:\d\d(?::\d\d)?"
)
_ONE_WORD = re.compile(r"[\w.:/+-]{1,100}")
_ADDRESS = re.compile(
    # The town that goes before, if any.
    r"(?:(?<!\w)[A-ZА-ЯЁ][\w-]*,\s*){0,3}(?<!\w)(?i:"
    r"(?<!\d\s)(?:ул|пер|просп|пр-кт|пр-т|пл|наб|бул|б-р|мкр|обл|р-н|г|д|кв|корп|стр)\.\s?\S"
    r"|(?:\w+\s+)?(?:улиц|проспект|переул|шоссе|набережн|бульвар|квартир)\w*(?:\s|$)"
    r"|(?:площадь|площади|город|городе|дом)\s"
    r"|(?:st|str|ave|apt|bldg)\.\s?\S"
    r"|(?:\w+\s+)?(?:street|avenue|apartment|flat)\b"
    r").*",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END_OF_SENTENCE = re.compile(r"(?:^|[.!?>]|\n)\s*$")
# A string in JSON that ends too early; its last one may lack the quotation mark.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"(\s*:)?|$)', re.DOTALL)
_FIELD = re.compile(r"[\w.$-]{1,64}", re.ASCII)
# Words with a capital letter that are no names.
_TECHNICAL = frozenset(
    word.casefold()
    for phrase in (
        *(status.phrase for status in HTTPStatus),
        "Api-Key Client-Id Authorization Bearer Content-Type Retry-After User-Agent Accept",
        "Seller Partner",
        "Invalid Error Limit Value Field Filter Missing Required Unknown Wrong Header",
    )
    for word in phrase.split()
)


@dataclass(frozen=True, slots=True)
class Anonymizer:
    """Takes people and secrets out of what one marketplace was asked and answered.

    `salt` makes one value of a kept field, where it must be replaced, the same everywhere within
    a record, and its placeholder of no use outside it.
    """

    kept: Kept
    redact: Redactor
    salt: bytes
    _technical: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Learn the marketplace's own vocabulary: names of fields are no names of people."""
        kept = self.kept
        fields = kept.ids | kept.words | kept.sentences | kept.titles | kept.own_names
        own = {part.casefold() for name in fields for part in name.split(".")}
        own |= {_plain_name(part) for part in own}
        object.__setattr__(self, "_technical", _TECHNICAL | own)

    # ------------------------------------------------------------ what is given

    def body(self, raw: bytes) -> object:
        """Return a body as JSON values; as text where it is no JSON, None where it is empty."""
        if not raw:
            return None
        try:
            # Escapes are decoded before anything is looked for.
            return self.json(msgspec.json.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.text(raw.decode("utf-8", "replace"))

    def json(self, value: object) -> object:
        """Return JSON values of the same types without what is anybody's."""
        return self._value(value, "", "", somebodys=False)

    def text(self, text: str) -> str:
        """Return text of unknown form (a proxy's page, an error's words), cut."""
        plain = text[: 4 * TEXT_MAX]
        if plain.lstrip()[:1] in ("{", "["):
            # JSON that could not be read: whose a text in it is cannot be known.
            plain = _QUOTED.sub(lambda m: self._broken(m[1], m[2]), plain)
        plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), html.unescape(plain))
        plain = self._sentence(plain.replace("\\/", "/"))
        return plain if len(plain) <= TEXT_MAX else plain[: TEXT_MAX - 1] + "…"

    def query(self, params: Mapping[str, str | int]) -> dict[str, object]:
        """Return the parameters of a request."""
        return {name: self._value(v, name, "", somebodys=False) for name, v in params.items()}

    def path(self, path: str) -> str:
        """Return a path; ids in it are kept."""
        return self._id(path)

    def word(self, word: str) -> str:
        """Return a status or a code."""
        return self._word(word)

    # ------------------------------------------------------------ JSON

    def _value(self, value: object, name: str, parent: str, *, somebodys: bool) -> object:
        somebodys = somebodys or name in self.kept.people or _plain_name(name) in PEOPLE
        if isinstance(value, Mapping):
            return dict(self._members(value, name, somebodys=somebodys))
        if isinstance(value, list):
            return [self._value(x, name, parent, somebodys=somebodys) for x in value]
        if isinstance(value, str):
            return self._text(value, name, parent, somebodys=somebodys)
        if isinstance(value, bool) or value is None:
            return value
        assert isinstance(value, int | float)
        return self._number(value, name, parent, somebodys=somebodys)

    def _members(
        self, value: Mapping[str, object], name: str, *, somebodys: bool
    ) -> Iterator[tuple[str, object]]:
        for place, (key, inner) in enumerate(value.items()):
            if self._id(key) == key and _FIELD.fullmatch(key) and not _ANY_NUMBER.search(key):
                yield key, self._value(inner, key, name, somebodys=somebodys)
            else:
                # Not the name of a field: it may be somebody's.
                yield f"<key {place}>", self._value(inner, "", name, somebodys=somebodys)

    def _text(self, value: str, name: str, parent: str, *, somebodys: bool) -> str:
        if not value:
            return value
        if not somebodys:
            if _MOMENT.fullmatch(value):
                return value
            rule = self._rule(name, parent)
            if rule is not None and len(value) <= TEXT_MAX:
                return rule(value)
        return _placeholder(name, value)

    def _rule(self, name: str, parent: str) -> Callable[[str], str] | None:
        kept = self.kept
        for entry in (f"{parent}.{name}", name):
            if entry in kept.ids or entry in kept.titles:
                return self._id
            if entry in kept.words:
                return self._word
            if entry in kept.sentences:
                return self._sentence
        return None

    def _number(self, value: float, name: str, parent: str, *, somebodys: bool) -> float:
        if somebodys:
            return type(value)(0)
        digits = len(str(abs(int(value)))) if abs(value) < 1e300 else TELLING_DIGITS
        if digits < TELLING_DIGITS or self._rule(name, parent) or _is_id(name):
            return value
        # As long as it was.
        return type(value)(10 ** (digits - 1))

    def _broken(self, value: str, colon: str | None) -> str:
        if colon is None:
            return '"<text>"'
        return f'"{value if _FIELD.fullmatch(value) else "<key>"}"{colon}'

    # ------------------------------------------------------------ texts

    def _id(self, value: str) -> str:
        return self._seen(value, ((_KEY, "key"), (_EMAIL, "email"), (_PHONE, "phone")))

    def _word(self, value: str) -> str:
        one = _ONE_WORD.fullmatch(value) and not _ANY_NUMBER.search(value)
        return self._id(value) if one else self._sentence(value)

    def _sentence(self, value: str) -> str:
        text = self._seen(value, ((_ANY_KEY, "key"), (_ANY_EMAIL, "email")))
        pieces = _NOBODYS_NUMBER.split(text)
        # Every second one is a date or a posting number.
        pieces[::2] = [_ANY_NUMBER.sub("<number>", piece) for piece in pieces[::2]]
        text = _ADDRESS.sub("<address>", "".join(pieces))
        return self._without_names(text)

    def _seen(self, value: str, sought: tuple[tuple[re.Pattern[str], str], ...]) -> str:
        """Return the text without secrets and patterns, also where signs unseen part them."""
        visible = "".join(c for c in value if unicodedata.category(c)[0] != "C" or c in "\n\t")
        cleaned = self.redact(self.redact(visible))
        for pattern, word in sought:
            cleaned = pattern.sub(lambda m, word=word: self._mark(m[0], word), cleaned)  # type: ignore[misc]
        # Where nothing was found, an article stays as it is, with whatever is unseen in it.
        return value if cleaned == visible and self.redact(value) == value else cleaned

    def _mark(self, value: str, word: str) -> str:
        return f"<{word} {blake2b(value.encode(), key=self.salt, digest_size=3).hexdigest()}>"

    def _without_names(self, text: str) -> str:
        """Replace words with a capital letter that neither begin a sentence nor are technical."""
        parts: list[str] = []
        end = 0
        for run in _runs(text):
            begin, last = run[0].start(), run[-1].end()
            # The first word of a sentence has its capital letter from there.
            first = 1 if _END_OF_SENTENCE.search(text[:begin][-8:]) else 0
            alone = len(run) == 1
            if all(self._is_technical(m[0], alone=alone) for m in run[first:]):
                continue
            parts += [text[end:begin], "<name>"]
            end = last
        return "".join([*parts, text[end:]])

    def _is_technical(self, word: str, *, alone: bool) -> bool:
        if word.casefold() in self._technical or _plain_name(word) in self._technical:
            return True
        if not word.isascii() or "-" in word or "'" in word:
            return False
        if word.isupper():
            # FBS, SKU. Several such words may be a name as a bank card has it.
            return alone or len(word) <= 4
        # OfferId
        return not word[1:].islower()


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield words with a capital letter, those together that only blanks and dots part."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        around = text[max(0, match.start() - 1) : match.start()] + text[match.end() :][:1]
        named = match[0][0].isupper() and not any(c == "_" or c.isdigit() for c in around)
        if run and not (
            named and re.fullmatch(r"[\s.,]{1,3}", text[run[-1].end() : match.start()])
        ):
            yield run
            run = []
        if named:
            run.append(match)
    if run:
        yield run


def _plain_name(name: str) -> str:
    """Return a field's name as PEOPLE has it: firstName, first_name and FirstName are one."""
    return name.replace("_", "").replace("-", "").casefold()


def _is_id(name: str) -> bool:
    return name.casefold().endswith(("id", "ids")) and name not in ("inn", "tin")


def _placeholder(name: str, value: str) -> str:
    label = name if _FIELD.fullmatch(name) else "text"
    return f"<{label}>" if len(value) <= LONG else f"<{label}, long>"
