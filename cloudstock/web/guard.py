"""What every request passes before a page sees it: where it comes from, who sends it, how much.

host      without a password only this machine's own names are answered, so that a page elsewhere
          whose name suddenly leads here (DNS rebinding) is not let in
body      read here, and no more of it than is ever needed
caller    a cookie's session for people, an `Authorization` header for scripts
changes   only from our own pages: `Origin` and `Sec-Fetch-Site`, and a form's token
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudstock.addresses import Network, is_loopback_place, is_within
from cloudstock.language import LANGUAGES, speaking, tr
from cloudstock.logs import event
from cloudstock.web.access import Access
from cloudstock.web.forms import SIGN_IN, Kept, fields, kept_of
from cloudstock.web.replies import PICTURES, Refused, come_again, own_address, problem_reply
from cloudstock.web.tries import TriedTooOften
from cloudstock.web.uploads import is_multipart, parts

log = logging.getLogger("cloudstock.web")

FORM_BYTES_MAX = 64 * 1024
# A form that is kept while its sender signs in, and the password.
SIGN_IN_BYTES_MAX = FORM_BYTES_MAX + 16 * 1024
JSON_BYTES_MAX = 1024 * 1024
# A sheet, of who may send one.
FILE_BYTES_MAX = 32 * 1024 * 1024

# More is no address; it goes to the log.
ADDRESS_LENGTH_MAX = 64

# Where a form with a file goes.
FILES = "/files"
# Where it goes of who is signed out, to be told that it was not taken.
UNSENT = f"{SIGN_IN}?next={quote(FILES, safe='')}&unsent=file"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What may be seen without a password: nothing of the database is in it.
PUBLIC = (SIGN_IN, "/static/")

# With what a form is answered that was taken: its next page.
DONE = 303

# Where a page that leads here may be, by `Sec-Fetch-Site`.
ELSEWHERE = ("cross-site", "same-site")

LANGUAGE_COOKIE = "cloudstock_language"
LANGUAGE_COOKIE_S = 365 * 24 * 3600

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        f" img-src 'self' {' '.join(PICTURES)};"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with that browsers send forms with `Origin: null`, which tells nothing.
    # Other sites are told nothing by either.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(slots=True)
class Caller:
    """Who sends a request, as far as pages need to know."""

    # The visitor's token; that of a cookie to be set, where none came.
    visitor: str
    # Where the request comes from.
    address: str = ""
    # By a cookie, or by an `Authorization` header.
    by_header: bool = False
    # May see and change the database.
    allowed: bool = False
    # Has a session that can be ended.
    signed_in: bool = False
    body: bytes = b""
    # The form in it, where its sender is to find it again when it is not taken.
    kept: Kept | None = None
    # Cookies to set, as whole header values.
    cookies: list[str] = field(default_factory=list)


class Guard:
    """Middleware around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        access: Access,
        language: str,
        forms: Container[str],
        redact: Callable[[str], str],
    ) -> None:
        self._app = app
        # Where those are sent that are kept when they come too late.
        self._forms = forms
        self._redact = redact
        self._access = access
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = self._chosen_language(scope, headers)
        with speaking(language):
            await self._answer(scope, receive, send, headers, language)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, language: str
    ) -> None:
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        cookies = _cookies(headers)
        caller = self._visitor(cookies, headers)
        caller.address = address_of(scope, self._access.web.proxies)
        state["caller"] = caller
        state["form_token"] = self._access.form_token(caller.visitor)
        self._remember_language(scope, caller, language)

        mark = ""

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                if mark and message["status"] != DONE:
                    self._access.give_back(mark)
                _harden(message, scope["path"], caller.cookies)
            await send(message)

        if scope["method"] == "POST" and scope["path"] == FILES and not self._let_in(caller):
            # A file is not kept, nor read to be thrown away.
            await Response(status_code=303, headers={"location": UNSENT})(
                scope, receive, guarded_send
            )
            return
        try:
            caller.body = await _body(receive, headers, self._most(scope, headers, caller))
            _refuse_nul(scope["query_string"], caller.body, headers)
            if scope["method"] == "POST":
                caller.kept = kept_of(
                    scope, headers, caller.body, own=self._forms, redact=self._redact
                )
            early = await self._admit(scope, headers, caller)
            mark = self._taken(scope, caller) if early is None else ""
        except Refused as refused:
            early, mark = problem_reply(scope, refused), ""
        if early is not None:
            await early(scope, receive, guarded_send)
        else:
            await self._app(scope, _Replay(caller.body, receive), guarded_send)

    def _most(self, scope: Scope, headers: Headers, caller: Caller) -> int:
        """Return of how many bytes a body is read."""
        if is_api(scope["path"]):
            return JSON_BYTES_MAX
        if scope["path"] == SIGN_IN:
            return SIGN_IN_BYTES_MAX
        with_file = self._let_in(caller) and is_multipart(headers.get("content-type", ""))
        return FILE_BYTES_MAX if with_file and scope["path"] == FILES else FORM_BYTES_MAX

    # ------------------------------------------------------------ who

    def _let_in(self, caller: Caller) -> bool:
        return caller.signed_in or not self._access.needs_password

    def _visitor(self, cookies: dict[str, str], headers: Headers) -> Caller:
        given = cookies.get(self.cookie_name, "")
        if Access.is_token(given):
            signed_in = self._access.needs_password and self._access.signed_in(given)
            return Caller(given, signed_in=signed_in)
        caller = Caller(Access.new_token())
        # Led here by another site, a browser keeps our cookie to itself: it may have one.
        if headers.get("sec-fetch-site") not in ELSEWHERE:
            caller.cookies.append(self.cookie(caller.visitor))
        return caller

    @property
    def cookie_name(self) -> str:
        """The visitor's cookie; `__Host-` lets no neighbouring site set it."""
        return "__Host-cloudstock" if self._access.web.https else "cloudstock"

    def cookie(self, visitor: str) -> str:
        """Return the header that sets the visitor's cookie."""
        secure = "; Secure" if self._access.web.https else ""
        return f"{self.cookie_name}={visitor}; Path=/; HttpOnly; SameSite=Strict{secure}"

    async def _admit(self, scope: Scope, headers: Headers, caller: Caller) -> Response | None:
        """Return an answer where the request goes no further; raises `Refused`."""
        path, for_scripts = scope["path"], is_api(scope["path"])
        self._check_host(headers)
        changes = scope["method"] not in SAFE_METHODS
        if changes:
            _check_origin(headers)
        elif headers.get("sec-fetch-site") in ELSEWHERE and not for_scripts:
            # Asked again by our own page, the browser sends the cookie along.
            return come_again(scope)
        authorization = headers.get("authorization")
        if authorization is not None and for_scripts and self._knows_headers:
            await self._by_header(scope, authorization, caller)
        elif self._let_in(caller):
            caller.allowed = True
        elif not path.startswith(PUBLIC):
            return _sign_in_first(scope, headers, caller)
        if changes and not caller.by_header:
            self._check_form_token(headers, caller, for_scripts=for_scripts)
        return None

    @property
    def _knows_headers(self) -> bool:
        return self._access.needs_password or self._access.web.token is not None

    async def _by_header(self, scope: Scope, authorization: str, caller: Caller) -> None:
        try:
            right = await self._access.is_authorized(authorization, caller.address)
        except TriedTooOften as too_often:
            raise tried_too_often(too_often) from None
        if not right:
            event(
                log,
                logging.WARNING,
                "web.password_wrong",
                address=caller.address,
                path=scope["path"],
            )
            raise Refused(401, "credentials", tr("the password or token is wrong"))
        caller.by_header = caller.allowed = True

    def _taken(self, scope: Scope, caller: Caller) -> str:
        """Take a form that does its thing once, and return its mark; raises `Refused`.

        A page that is gone back to and sent anew, or two clicks at once, would add units twice.
        """
        mark = caller.kept.mark if caller.kept is not None and scope["path"] != SIGN_IN else ""
        if mark and not self._access.take(mark):
            raise _done_already()
        return mark

    def _check_host(self, headers: Headers) -> None:
        if self._access.needs_password:
            return
        if not is_loopback_place(headers.get("host", "")):
            raise Refused(
                421,
                "host",
                tr(
                    "without a password only 127.0.0.1 and localhost are answered; behind a proxy"
                    " set web.password_hash"
                ),
            )

    def _check_form_token(self, headers: Headers, caller: Caller, *, for_scripts: bool) -> None:
        if for_scripts:
            # A script without a cookie is no browser that somebody else's page leads. JSON, which
            # the API insists on, is what no form sends.
            if headers.get("cookie") is None:
                return
            given = headers.get("x-csrf-token", "")
        else:
            given = headers.get("x-csrf-token") or _form_token(headers, caller.body)
        if not self._access.is_form_token(caller.visitor, given):
            if caller.kept is not None:
                if self._access.is_taken(caller.kept.mark):
                    raise _done_already()
                raise Refused(403, "forged", tr("this form is too old"), again=True)
            raise Refused(
                403,
                "forged",
                tr("this form is too old, or not ours: open the page again and repeat it"),
            )

    # ------------------------------------------------------------ language

    def _chosen_language(self, scope: Scope, headers: Headers) -> str:
        wanted = _query_value(scope, "lang")
        kept = _cookies(headers).get(LANGUAGE_COOKIE, "")
        for language in (wanted, kept, *_accepted(headers.get("accept-language", ""))):
            if language in LANGUAGES:
                return language
        return self._language

    def _remember_language(self, scope: Scope, caller: Caller, language: str) -> None:
        if _query_value(scope, "lang") == language:
            secure = "; Secure" if self._access.web.https else ""
            caller.cookies.append(
                f"{LANGUAGE_COOKIE}={language}; Path=/; Max-Age={LANGUAGE_COOKIE_S}; HttpOnly;"
                f" SameSite=Strict{secure}"
            )


def is_api(path: str) -> bool:
    """Tell whether a path is for scripts, which are answered in JSON."""
    return path.startswith("/api/v1/")


def address_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """Return where a request comes from, to count tries by.

    That is what the connection says, for a header says anything; where that is one of our proxies,
    it is the last in `X-Forwarded-For` that is none of them.
    """
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if not proxies:
        return address
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    while forwarded and is_within(address, proxies):
        address = forwarded.pop().strip() or address
    return address[:ADDRESS_LENGTH_MAX]


def tried_too_often(error: TriedTooOften) -> Refused:
    """Return the refusal of a password that was tried too often."""
    wait = int(error.wait_s) + 1
    return Refused(
        429,
        "throttled",
        tr("too many wrong passwords; try again in {seconds} s", seconds=wait),
        {"retry-after": str(wait)},
    )


def _done_already() -> Refused:
    return Refused(
        409, "done", tr("this form was sent already; what came of it stands under Changes")
    )


def _sign_in_first(scope: Scope, headers: Headers, caller: Caller) -> Response:
    if is_api(scope["path"]):
        raise Refused(
            401,
            "credentials",
            tr("sign in first: a password or a token in the Authorization header"),
            # Not `Basic`: browsers would ask for it by themselves and then send it with every
            # request, whoever made them make it.
            {"www-authenticate": "Bearer"},
        )
    if caller.kept is not None:
        raise Refused(401, "credentials", tr("you were signed out meanwhile"), again=True)
    back = f"?next={quote(own_address(scope), safe='')}" if scope["method"] == "GET" else ""
    if headers.get("hx-request") is not None:
        # A part of a page: the whole page must go there.
        return Response(status_code=204, headers={"hx-redirect": SIGN_IN})
    return Response(status_code=303, headers={"location": f"{SIGN_IN}{back}"})


def _check_origin(headers: Headers) -> None:
    """Raise `Refused` where a change is asked for by another site's page."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own = origin is None or _place(origin) == headers.get("host", "").lower()
    if not own or site not in (None, "same-origin"):
        raise Refused(
            403, "origin", tr("another site's page asked for this change; nothing was changed")
        )


def _place(origin: str) -> str:
    """Return what an `Origin` header says after the scheme; "" where it tells no place."""
    scheme, _, place = origin.partition("://")
    return place.lower() if scheme in ("http", "https") else ""


async def _body(receive: Receive, headers: Headers, most: int) -> bytes:
    """Read the body; raises `Refused` as soon as it is longer than anything we take."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:12]) > most:
        raise _too_long(most)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "request", tr("the request broke off"))
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_long(most)
        more = bool(message.get("more_body"))
    return bytes(body)


def _too_long(most: int) -> Refused:
    return Refused(413, "too_long", tr("the request is longer than {bytes} bytes", bytes=most))


def _refuse_nul(query: bytes, body: bytes, headers: Headers) -> None:
    """Refuse texts that no database holds, whatever they are for; raises `Refused`."""
    kind = headers.get("content-type", "")
    if is_multipart(kind):
        # Files have them.
        body = b""
    in_json = kind.startswith("application/json")
    written = rb"(?<!\\)(?:\\\\)*+\\u0000" if in_json else rb"%00|\0"
    if re.search(rb"%00|\0", query) or re.search(written, body):
        raise Refused(400, "text", tr("a NUL byte; expected plain text"))


class _Replay:
    """Hands on a body that was read already, and then what the connection tells."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._left: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._left is not None:
            body, self._left = self._left, None
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()


def _harden(message: Message, path: str, cookies: list[str]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value
    # Files of the program change with it: the browser asks each time whether they did.
    headers["cache-control"] = "no-cache" if path.startswith("/static/") else "no-store"
    for name in ("cookie", "accept-language"):
        headers.add_vary_header(name)
    for cookie in cookies:
        headers.append("set-cookie", cookie)
    location = urlsplit(headers.get("location", ""))
    if location.netloc:
        # Starlette sends those who put a slash at an end to the host that they named themselves.
        query = f"?{location.query}" if location.query else ""
        headers["location"] = f"/{location.path.lstrip('/')}{query}"


def _cookies(headers: Headers) -> dict[str, str]:
    # Not by http.cookies: what its quotes and backslashes cost grows with the square of the header,
    # and ours have neither.
    pairs = (part.partition("=") for part in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _form_token(headers: Headers, body: bytes) -> str:
    kind = headers.get("content-type", "")
    if is_multipart(kind):
        token = parts(kind, body).get("csrf")
        return token.text if token is not None else ""
    try:
        return dict(fields(body)).get("csrf", "")
    except ValueError:
        return ""


def _query_value(scope: Scope, name: str) -> str:
    query: str = scope["query_string"].decode("latin-1")
    try:
        return parse_qs(query, max_num_fields=200).get(name, [""])[0]
    except ValueError:
        return ""


def _accepted(header: str) -> list[str]:
    """Return the languages of `Accept-Language`, the dearest first."""
    weighed = []
    for part in header.split(",")[:20]:
        name, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        weighed.append((quality, name.strip().lower().partition("-")[0]))
    return [name for quality, name in sorted(weighed, key=lambda w: -w[0]) if quality > 0]
