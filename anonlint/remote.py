"""Patchwork's REST API, as far as posting a check needs it (patchwork/api/check.py, docs/api/schemas).

The token goes to one server, over TLS or to this machine, and along no redirect.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import Any, NamedTuple

from anonlint.errors import InputError, UsageError

_SECONDS = 30
_LARGEST = 1 << 20
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Check(NamedTuple):
    """What is said of one patch; ``state`` is success, warning or fail."""

    state: str
    context: str
    description: str
    target_url: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the token is for the server that was named."""


class Patchwork:
    """One server; ``url`` is its address without /api, ``token`` that of the user who posts."""

    def __init__(self, url: str, token: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"patchwork: {url!r} is no address of a server: https://patchwork.example.org")
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise UsageError(f"patchwork: {url}: a token is sent over https only")
        self.url = url.rstrip("/").removesuffix("/api")
        self._token = token
        # A proxy sees nothing of what goes through it over TLS; without, there is none to this machine.
        proxies = {scheme: proxy for scheme, proxy in urllib.request.getproxies().items() if scheme == "https"}
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler(proxies))

    def patch(self, project: str, message_id: str) -> int:
        """Return the number of the patch that a mail brought."""
        query = {"project": project, "msgid": message_id.strip("<> ")}
        found = self._asked(f"/api/patches/?{urllib.parse.urlencode(query)}")
        if not (
            isinstance(found, list) and found and isinstance(found[0], dict) and isinstance(found[0].get("id"), int)
        ):
            raise InputError(self.url, f"knows no patch {message_id} in {project}")
        number: int = found[0]["id"]
        return number

    def post(self, patch: int, check: Check) -> None:
        """Post a check; the newest one of a user and context counts."""
        values: dict[str, Any] = {"state": check.state, "context": check.context, "description": check.description}
        if check.target_url:
            values["target_url"] = check.target_url
        self._asked(f"/api/patches/{patch}/checks/", json.dumps(values).encode())

    def _asked(self, path: str, data: bytes | None = None) -> Any:
        headers = {"Accept": "application/json", "User-Agent": "anonlint"}
        if data is not None:
            headers |= {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read(_LARGEST))
        except urllib.error.HTTPError as error:
            with error:
                raise InputError(
                    self.url, f"answers {error.code} to {path.partition('?')[0]}: {_told(error)}"
                ) from error
        except (OSError, HTTPException, ValueError) as error:
            raise InputError(self.url, f"no answer that can be read: {getattr(error, 'reason', error)}") from error


def _told(error: urllib.error.HTTPError) -> str:
    """Return what the server says of an error, on one line."""
    text = error.read(2000).decode("utf-8", "replace")
    return " ".join(text.split())[:200] or error.reason
