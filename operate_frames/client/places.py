"""Where a server may answer: which API at which address, and for which audience its tokens are.

Contract ``operate-v1.md`` section 1.1, ``camunda-v2.md`` sections 2.2 and 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import urlsplit

from operate_frames.client.config.settings import Settings
from operate_frames.client.config.urls import cluster_in_saas, operate_in_saas
from operate_frames.errors import SettingsError

__all__ = ["ApiName", "Place", "checked_api", "places"]

ApiName = Literal["v1", "v2"]


@dataclass(frozen=True)
class Place:
    """An API that may answer, and the settings to ask it with."""

    api: ApiName
    settings: Settings

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.settings.base_url).netloc

    @property
    def signed_in_as(self) -> tuple[str, str | None]:
        """What decides whether a sign-in there is the same as at another place."""
        return self.settings.base_url, self.settings.audience

    def __str__(self) -> str:
        return f"API {self.api} at {self.settings.base_url}"


def checked_api(api: object) -> ApiName | None:
    """Check the argument that names an API."""
    if api is not None and api not in get_args(ApiName):
        raise SettingsError(f"api={api!r} is not known: use 'v1' or 'v2', or leave it out to take what the server has.")
    return api  # type: ignore[return-value]  # it is one of them


def places(settings: Settings, api: ApiName | None) -> list[Place]:
    """Give the places to ask, in order: v2 first, as it goes on.

    Parameters
    ----------
    settings : Settings
        Where to, and as whom.
    api : {"v1", "v2"} or None
        Only places of this one.
    """
    found = [
        *(Place("v2", replace(settings.for_cluster, base_url=url)) for url in _of_clusters(settings)),
        *(Place("v1", each.at(url)) for each in settings.for_operate for url in _of_operate(settings)),
    ]
    each_once = {(place.api, *place.signed_in_as): place for place in reversed(found)}
    return [place for place in reversed(each_once.values()) if api in (None, place.api)]


def _of_clusters(settings: Settings) -> Iterator[str]:
    """Addresses of the Orchestration Cluster."""
    if settings.saas is not None:
        yield from ([settings.rest_address] if settings.rest_address else [])
        yield from cluster_in_saas(*settings.saas)
        return
    given = settings.base_url
    yield settings.rest_address or given
    if given.endswith("/operate"):
        yield given.removesuffix("/operate")


def _of_operate(settings: Settings) -> Iterator[str]:
    """Operate's addresses: as given, and with or without its usual path."""
    if settings.saas is not None:
        yield operate_in_saas(*settings.saas)
        return
    given = settings.base_url
    yield given
    yield given.removesuffix("/operate") if given.endswith("/operate") else f"{given}/operate"
