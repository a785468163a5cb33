"""HTTP answers as Operate's Spring application writes them: headers, media types, the framework's own bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
PROBLEM = "application/problem+json"
XML = "text/xml;charset=UTF-8"
_XML_TYPES = {"text/xml": XML, "application/xml": "application/xml;charset=UTF-8"}
_ERRORS = {
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
}
_ON_EVERY_ANSWER = {
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Answer(Response):
    """An answer with the headers that all of Operate's have, chunked unless told otherwise.

    Parameters
    ----------
    content : bytes
        The body.
    status : int
        The HTTP status.
    media_type : str or None
        The whole Content-Type.
    headers : mapping, optional
        Further headers.
    chunked : bool
        Whether to leave out Content-Length, so that HTTP sends chunks.
    """

    charset = ""  # Content-Type is given whole; Starlette would add a charset of its own to text

    def __init__(
        self,
        content: bytes = b"",
        status: int = 200,
        media_type: str | None = JSON,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = True,
    ) -> None:
        typed = {"Content-Type": media_type} if media_type else {}
        super().__init__(content, status, {**_ON_EVERY_ANSWER, **typed, **(headers or {})})
        if chunked:
            del self.headers["content-length"]


def json_text(value: object) -> bytes:
    """Write JSON as Jackson does: no blanks, text outside ASCII as it is.

    Parameters
    ----------
    value : object
        What to write.

    Returns
    -------
    bytes
        UTF-8.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def accepted(request: Request, media_type: str) -> bool:
    """Tell whether the request's Accept header takes a media type.

    Parameters
    ----------
    request : Request
        The request; one without the header takes anything.
    media_type : str
        Such as ``text/xml``.

    Returns
    -------
    bool
        Whether it does.
    """
    main = media_type.partition("/")[0]
    return bool({media_type, f"{main}/*", "*/*"} & set(_ranges(request)))


def asked_xml(request: Request) -> str | None:
    """Give the XML type that a request insists on, where it takes no JSON.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    str or None
        The whole Content-Type to answer with.
    """
    if accepted(request, JSON):
        return None
    return next((_XML_TYPES[media] for media in _ranges(request) if media in _XML_TYPES), None)


def framework_answer(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Give the framework's own error body, in the type that was asked for (contract, section 2.6).

    Parameters
    ----------
    request : Request
        What is answered.
    status : int
        403, 404, 405, 406, 415 or 500.
    headers : mapping, optional
        Further headers.

    Returns
    -------
    Answer
        JSON, XML, or nothing but the status where neither was asked for.
    """
    body = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": status,
        "error": _ERRORS[status],
        "path": request.scope.get("raw_path", b"").decode("latin-1") or request.url.path,
    }
    xml_type = asked_xml(request)
    if xml_type:
        inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in body.items())
        return Answer(f"<Map>{inner}</Map>".encode(), status, xml_type, headers)
    if accepted(request, JSON):
        return Answer(json_text(body), status, JSON, headers)
    return Answer(b"", status, None, headers, chunked=False)


def _ranges(request: Request) -> list[str]:
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    return [entry.split(";")[0].strip().lower() for entry in header.split(",")]
