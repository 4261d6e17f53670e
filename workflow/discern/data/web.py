"""Fetching an address, over https only and within a time."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from discern.data.failure import reason
from discern.errors import DiscernError

# Files of such data sets are smaller; a source that sends more is faulty.
_LARGEST = 1 << 30


@dataclass(frozen=True)
class Patience:
    """The time limits of a source.

    Attributes:
        timeout: seconds to wait for data.
        deadline: seconds for one complete file.
        attempts: the maximum number of times a request is made.
    """

    timeout: float
    deadline: float
    attempts: int


def get(url: str, patience: Patience) -> bytes:
    """The body of ``url``, within the deadline.

    A thread reads it, and is abandoned at the deadline: a connection's time-out restarts with each
    byte, so a source that sends a byte now and then would never time out.
    """
    outcome: list[bytes | Exception] = []

    def read() -> None:
        try:
            outcome.append(_body(url, patience))
        except Exception as error:
            outcome.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(patience.deadline)
    if not outcome:
        raise DiscernError(f"{url} took longer than {patience.deadline:g} s")
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found


def _body(url: str, patience: Patience) -> bytes:
    """The body of ``url``, only over https, redirects included."""
    retry = Retry(
        total=patience.attempts - 1,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        raise_on_status=False,  # the response itself says more
    )
    start = time.monotonic()
    body = io.BytesIO()
    try:
        with requests.Session() as session:
            session.adapters.clear()
            session.mount("", _NotHttps())
            session.mount("https://", HTTPAdapter(max_retries=retry))
            with session.get(url, timeout=patience.timeout, stream=True) as answer:
                if not answer.ok:
                    raise DiscernError(f"{url} answers {answer.status_code} {answer.reason}")
                for block in answer.iter_content(1 << 16):
                    body.write(block)
                    if time.monotonic() - start > patience.deadline:
                        raise DiscernError(f"{url} took longer than {patience.deadline:g} s")
                    if body.tell() > _LARGEST:
                        raise DiscernError(f"{url} sends more than {_LARGEST} bytes")
    except DiscernError:
        raise
    except Exception as error:
        raise DiscernError(f"{url}: {reason(error)}") from error
    return body.getvalue()


class _NotHttps(BaseAdapter):
    """Refuses all other addresses, to which a source may redirect."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        raise DiscernError(f"it redirects to {request.url}, which is not https")

    def close(self) -> None:
        """Nothing is open."""
