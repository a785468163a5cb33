"""A faithful stand-in for a real Camunda 8.6.0 Operate, for tests, benchmarks and trying things out.

It answers v1 of the REST API as either database driver does, with cookie login and CSRF, OAuth2 tokens of a token
service beside it, or without sign-in. It imports nothing of the rest of the package.
"""

try:
    import joserfc as _joserfc
    import starlette as _starlette
    import uvicorn as _uvicorn
except ImportError as missing:
    raise ImportError(
        f"The sandbox needs {missing.name}, which is not installed: pip install 'operate-frames[sandbox]'"
    ) from missing

from operate_frames.sandbox.http.faults import Faults
from operate_frames.sandbox.http.request_log import ReceivedRequest
from operate_frames.sandbox.http.serving import Sandbox, run, serve
from operate_frames.sandbox.tables.archiving import Archiving

__all__ = ["Archiving", "Faults", "ReceivedRequest", "Sandbox", "run", "serve"]

del _joserfc, _starlette, _uvicorn
