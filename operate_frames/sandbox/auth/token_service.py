"""The token service beside the server, answering like Keycloak, and the judge of the tokens it signs."""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

REALMS = "/realms/"
REALM_PATH = f"{REALMS}camunda-platform/protocol/openid-connect"
CLUSTER_CLAIM = "https://camunda.com/clusterId"
_KNOWN_SCOPES = {"openid", "profile", "email", "roles", "web-origins", "offline_access"}
_REMEMBERED_TOKENS = 1_000
UNDECODABLE = "An error occurred while attempting to decode the Jwt: "


@dataclass(frozen=True)
class Client:
    """The one client that the service knows, and what its tokens are good for.

    Parameters
    ----------
    id, secret : str
        What it signs in with.
    audience : str
        The ``aud`` of its tokens when it asks for none, and the only one that the server takes.
    cluster_id : str
        The cluster that its tokens name.
    """

    id: str
    secret: str
    audience: str
    cluster_id: str


@dataclass(frozen=True)
class Judged:
    """A token whose signature was checked once."""

    expires: float = float("inf")
    fault: str | None = None

    def fault_now(self) -> str | None:
        """Give the text of the 401, to the instant of its end; None for a good token."""
        if time.time() < self.expires:
            return self.fault
        ended = datetime.fromtimestamp(self.expires, UTC)
        return f"{UNDECODABLE}Jwt expired at {ended:%Y-%m-%dT%H:%M:%SZ}"


def judge(token: str, key: RSAKey, client: Client) -> Judged:
    """Check a token's signature, audience and cluster."""
    try:
        claims = jwt.decode(token, key, algorithms=["RS256"]).claims
    except BadSignatureError:
        return Judged(fault=f"{UNDECODABLE}Signed JWT rejected: Invalid signature")
    except (JoseError, ValueError):
        return Judged(fault=f"{UNDECODABLE}Malformed token")
    audience = claims.get("aud")
    first = audience[0] if isinstance(audience, list) and audience else audience
    right = first == client.audience and claims.get(CLUSTER_CLAIM) == client.cluster_id
    return Judged(float(claims.get("exp", "inf")), None if right else "JWT payload validation failed")


class _Signing:
    """A signing key, and the tokens judged by it, which are forgotten with it."""

    def __init__(self) -> None:
        self.judged: dict[str, Judged] = {}

    @cached_property
    def key(self) -> RSAKey:
        """The key, made when it is first needed."""
        return RSAKey.generate_key(2048, parameters={"kid": uuid.uuid4().hex})


class _TokenRefused(Exception):
    """A token request that is answered with an OAuth2 error."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description}


class TokenService:
    """Signs tokens and judges them.

    Parameters
    ----------
    client : Client
        Who may have tokens.
    life : float
        How long each lives, in seconds.
    """

    def __init__(self, client: Client, life: float) -> None:
        self._client = client
        self._life = life
        self._signing = _Signing()

    def routes(self) -> list[Route]:
        """Give the service's own routes, which lie outside the server's context path."""
        return [
            Route(f"{REALM_PATH}/token", self._token, methods=["POST"]),
            Route(f"{REALM_PATH}/certs", self._certificates, methods=["GET"]),
            Route(REALMS + "{realm}/protocol/openid-connect/{rest:path}", _no_realm, methods=["GET", "POST"]),
        ]

    def rotate(self) -> None:
        """Forget the signing key: the next token has a new one, and tokens of the old one are refused."""
        self._signing = _Signing()

    def fault_of(self, token: str) -> str | None:
        """Judge a token. Its signature is checked once, its end each time, and to the instant.

        The real server forgives 60 seconds of clock skew; this one forgives none, so that tests notice a token
        that was used for too long.

        Parameters
        ----------
        token : str
            As it stood in the request.

        Returns
        -------
        str or None
            The text of the 401, None for a good token.
        """
        signing = self._signing
        if token not in signing.judged:
            if len(signing.judged) >= _REMEMBERED_TOKENS:
                signing.judged.clear()
            signing.judged[token] = judge(token, signing.key, self._client)
        return signing.judged[token].fault_now()

    async def _token(self, request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            self._authenticate(form, request.headers.get("authorization"))
            _check_grant(form)
        except _TokenRefused as refused:
            return JSONResponse(refused.body, refused.status, {"Cache-Control": "no-store"})
        answer = {
            "access_token": self._signed(form.get("audience") or self._client.audience),
            "expires_in": int(self._life),
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "profile email",
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def _certificates(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self._signing.key.as_dict(private=False, use="sig", alg="RS256")]})

    def _authenticate(self, form: Mapping[str, str], authorization: str | None) -> None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if authorization is not None:
            if secret is not None:
                raise _TokenRefused(400, "invalid_request", "Multiple client authentication methods found")
            client_id, secret = _basic(authorization)
        if client_id != self._client.id:
            raise _TokenRefused(401, "invalid_client", "Invalid client or Invalid client credentials")
        if secret != self._client.secret:
            raise _TokenRefused(401, "unauthorized_client", "Invalid client or Invalid client credentials")

    def _signed(self, audience: str) -> str:
        key = self._signing.key  # making one takes a while, which is no part of the token's life
        issued = time.time()
        claims: dict[str, Any] = {
            "iss": "operate-frames-sandbox",
            "sub": self._client.id,
            "azp": self._client.id,
            "aud": [audience],
            CLUSTER_CLAIM: self._client.cluster_id,
            "iat": issued,
            "exp": issued + self._life,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)


def _check_grant(form: Mapping[str, str]) -> None:
    if "grant_type" not in form:
        raise _TokenRefused(400, "invalid_request", "Missing form parameter: grant_type")
    if form["grant_type"] != "client_credentials":
        raise _TokenRefused(400, "unsupported_grant_type", "Unsupported grant_type")
    scope = form.get("scope", "")
    if set(scope.split()) - _KNOWN_SCOPES:
        raise _TokenRefused(400, "invalid_scope", f"Invalid scopes: {scope}")


def _basic(authorization: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(authorization.partition(" ")[2], validate=True).decode()
    except (binascii.Error, UnicodeError):
        text = ""
    name, _, secret = text.partition(":")
    return unquote_plus(name), unquote_plus(secret)


async def _no_realm(_: Request) -> JSONResponse:
    return JSONResponse({"error": "Realm does not exist"}, 404)
