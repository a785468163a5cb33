"""How large pages may be: smaller where a server could not carry the larger ones."""

from __future__ import annotations

from operate_frames.errors import ConnectionBroken, OperateError, ServerBusy, TimedOut
from operate_frames.schema.fields import Resource

__all__ = ["PageSizes"]

# Below this a page is too small to be the trouble.
SMALLEST = 50
# What a server, or a proxy before it, answers that cannot carry a page; 524 is Cloudflare's time-out.
_OVERLOADED = (500, 502, 504, 524)


class PageSizes:
    """The largest pages of each resource that a server is asked for, learned from its trouble with larger ones.

    Operate 8.7 dies above some 300 definitions a page, and heavy rows time out.

    Parameters
    ----------
    most : dict
        By name of the resource; a connection keeps it, so that its next reads need not learn it again.
    """

    def __init__(self, most: dict[str, int]) -> None:
        self._most = most

    def at_most(self, resource: Resource, size: int) -> int:
        """The size to ask for where so many rows are wanted."""
        return min(size, self._most.get(resource.name, size))

    def learn(self, resource: Resource, size: int, error: OperateError) -> None:
        """Ask for half of a size from now on, where an error may come of it."""
        if size > SMALLEST and _may_be_too_much(error):
            self._most[resource.name] = self.at_most(resource, max(size // 2, SMALLEST))


def _may_be_too_much(error: OperateError) -> bool:
    if isinstance(error, ServerBusy):
        return error.status in _OVERLOADED
    return isinstance(error, (ConnectionBroken, TimedOut))
