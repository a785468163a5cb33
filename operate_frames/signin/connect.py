"""Signing in: by arguments and environment, by what the keyring holds, or by asking whoever is there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from operate_frames.client.auth.methods import AuthKind
from operate_frames.client.auth.token import TokenSource
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import Settings, check_way, resolve
from operate_frames.client.config.sources import (
    ENVIRONMENT,
    SECRETS,
    Source,
    from_arguments,
    from_environment,
    from_file,
    unread_names,
)
from operate_frames.client.discover import open_connection
from operate_frames.client.operate import Operate, current, make_current
from operate_frames.client.places import ApiName, checked_api
from operate_frames.client.retry import DEFAULT_POLICY, RetryPolicy
from operate_frames.display.frontend import interactive_frontend
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import SettingsError, SignInNeeded, WrongType
from operate_frames.query.query import checked_number
from operate_frames.signin.keyring_store import forget_signin, load_signin, where
from operate_frames.signin.named import check_name, forget_connection, is_name, keep_connection, load_connection

if TYPE_CHECKING:
    import requests

    from operate_frames.signin.notebook.form import Form
    from operate_frames.signin.questions import SignIn

ClientAuth = Literal["body", "basic"]
Authorities = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

__all__ = ["connect", "login", "logout", "resolve_connection"]

# How the network is reached: says nothing of where to connect or as whom.
_WAY = {"ca", "cert_file", "key_file"}

# The one form of this process; shown again it keeps what was typed.
_form: Form | None = None


@short_traceback
def connect(
    base_url: str | None = None,
    *,
    api: ApiName | None = None,
    auth: AuthKind | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    token_url: str | None = None,
    audience: str | None = None,
    scope: str | None = None,
    region: str | None = None,
    cluster_id: str | None = None,
    username: str | None = None,
    password: str | None = None,
    token: str | Callable[[], object] | None = None,
    client_auth: ClientAuth | None = None,
    ca: Authorities | None = None,
    cert: str | tuple[str, str] | None = None,
    proxies: Mapping[str, str] | None = None,
    session: requests.Session | None = None,
    timeout: tuple[float, float] | float = (10, 60),
    allow_http: bool = False,
    env_file: str | os.PathLike[str] | None = None,
    retry: RetryPolicy | None = None,
    page_size: int | None = None,
) -> Operate:
    """Sign in to Operate and make that connection the one that readers use.

    What is not given is looked up in `env_file`, then in the environment (``ZEEBE_CLIENT_ID``,
    ``CAMUNDA_OPERATE_BASE_URL`` and so on: see the README). The server is asked once, so that a wrong setting shows
    here and not in the middle of a read.

    Where nothing at all is given or found, the connection that stands is given again; else what `login` was told
    to remember is taken; else whoever is there is asked: by a form in a notebook, by questions at a terminal.

    Parameters
    ----------
    base_url : str, optional
        Where Operate is, such as ``http://localhost:8080``; a trailing ``/``, ``/v1`` or ``/operate`` and
        a context path do no harm. Left out for SaaS, where `region` and `cluster_id` say it. Or the name of a
        connection that ``login(name="prod")`` has kept: then the environment says only how the network is reached.
    api : {"v1", "v2"}, optional
        The only API to ask for; by default the one that the server has, v2 where it has both. `Operate.api` says which.
    auth : {"oauth", "cookie", "basic", "bearer", "none"}, optional
        How to sign in; by default what the credentials imply: client id and secret mean ``oauth``, user name
        and password ``cookie``, a token ``bearer``.
    client_id, client_secret : str, optional
        OAuth2 client credentials.
    token_url : str, optional
        The token service; needed for Self-Managed, known for SaaS.
    audience, scope : str, optional
        Sent to the token service as given. SaaS: ``operate.camunda.io``.
    region, cluster_id : str, optional
        The SaaS cluster.
    username, password : str, optional
        For cookie and basic login.
    token : str or callable, optional
        A ready bearer token, which is not renewed. Or what gives one, a text or an object with ``token`` and
        ``expires_on`` as azure-identity's: it is called again ahead of that end, and after a refusal.
    client_auth : {"body", "basic"}, optional
        How the token service is given the secret; by default in the body, and as HTTP Basic where it asks for that.
    ca : path, "system" or list of them, optional
        Certificate authorities to trust in the place of the usual ones: a PEM file or folder, or the store of the
        operating system, where a company's own stands as a rule.
    cert : path or pair of paths, optional
        A client certificate, with its key in the same file or in a second one.
    proxies : mapping, optional
        As in requests, such as ``{"https": "http://proxy.example:3128"}``.
    session : requests.Session, optional
        Your own, with its adapters and settings. It is not closed.
    timeout : float or pair of float
        Seconds to wait for a connection and for an answer.
    allow_http : bool
        Let the secret go to a token URL that is plain http on another machine.
    env_file : path, optional
        The credentials file that Camunda's console gives to download.
    retry : RetryPolicy, optional
        How often a request is tried and how long; by default six times and a minute.
    page_size : int, optional
        Rows a page for all reads of this connection; by default the most that the server gives, 1,000.

    Returns
    -------
    Operate
        A context manager; `Operate.close` ends it.

    Raises
    ------
    SettingsError
        Something is missing, half given or malformed. Nothing was sent.
    SignInNeeded
        Nothing was given or found: in a notebook the form is shown now, elsewhere nobody is there to be asked.
    ConnectionFailed
        No answer: `HostUnknown`, `ConnectionRefused`, `TlsFailed`, `ProxyFailed`, `TimedOut`, `ConnectionBroken`.
    SignInFailed
        `CredentialsRejected`, `AudienceRejected`, `CsrfRejected` or `PermissionMissing`.
    NotOperate
        Something else answers at the base URL.
    AnswerFailed
        Operate answered, but cannot serve; `ServerBusy` after some attempts.

    Notes
    -----
    Signing in: contract ``operate-v1.md`` section 6. A secret goes to the token URL or base URL that was
    named and nowhere else: redirects are not followed, ``~/.netrc`` is not read.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     len(of.read_definitions()) > 0
    True
    """
    client_secret, password, token = _hidden(client_secret), _hidden(password), _hidden(token)
    named_connection = [load_connection(str(base_url))] if is_name(base_url) else []
    given = from_arguments(
        {
            "base_url": None if named_connection else base_url,
            "auth": auth,
            "client_id": client_id,
            "client_secret": client_secret,
            "token_url": token_url,
            "audience": audience,
            "scope": scope,
            "region": region,
            "cluster_id": cluster_id,
            "username": username,
            "password": password,
            "token": token,
            "client_auth": client_auth,
            "ca": ca,
        }
    )
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise SettingsError(f"retry takes a RetryPolicy, not {type(retry).__name__}: write retry=of.RetryPolicy(...).")
    if page_size is not None:
        checked_number("page_size", page_size, least=1)
    only = checked_api(api)
    environment = from_environment().only(_WAY) if named_connection else from_environment()
    options: dict[str, Any] = {"allow_http": allow_http, "timeout": timeout, "proxies": proxies, "cert": cert}

    def open_with(settings: Settings, stopped: threading.Event | None = None) -> Operate:
        operate = open_connection(settings, session, retry or DEFAULT_POLICY, stopped, api=only)
        operate.page_size = page_size
        return operate

    if env_file is None and not named_connection and not (given.values.keys() | environment.values.keys()) - _WAY:
        check_way(ca, timeout, proxies, cert)
        return current() or _ask(_by_answers(given, options, open_with))
    named = [] if env_file is None else [from_file(env_file)]
    return make_current(open_with(resolve([given, *named, *named_connection, environment], **options)))


@short_traceback
def login(
    *,
    name: str | None = None,
    ca: Authorities | None = None,
    proxies: Mapping[str, str] | None = None,
    timeout: tuple[float, float] | float = (10, 60),
) -> None:
    """Ask who is signing in, and to which server, whatever the environment says.

    In a notebook it shows a form; the readers of later cells use what it connected, and its Change button signs in
    anew. At a terminal it asks question by question. The answers are checked at once and can be corrected. The
    secret is never kept in the notebook. Where nobody can answer, as under papermill, nbconvert and in CI, it does
    what `connect` does without credentials.

    Parameters
    ----------
    name : str, optional
        Keep the connection under this name, for ``connect("prod")`` and ``--connection prod``: its settings in the
        user's folder for configuration, the secret in the keyring, or where there is none and somebody agrees in a
        file that only its owner can read.
    ca, proxies, timeout
        How the network is reached, as in `connect`.

    Raises
    ------
    SignInNeeded
        Nobody is there to be asked, or the questions were left unanswered.
    SettingsError
        A name that cannot be one.

    Notes
    -----
    What the environment holds is filled in, but for secrets, which are used where the field is left empty.

    Examples
    --------
    >>> import os
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve(auth="none") as server:
    ...     os.environ |= {"CAMUNDA_OPERATE_BASE_URL": server.base_url, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    ...     of.login()  # nobody can answer here: this connects by the environment
    ...     len(of.read_definitions()) > 0
    True
    >>> del os.environ["CAMUNDA_OPERATE_BASE_URL"], os.environ["CAMUNDA_AUTH_STRATEGY"]
    """
    check_way(ca, timeout, proxies)
    if name is not None:
        check_name(name)
    if interactive_frontend() is None:
        operate = connect(ca=ca, proxies=proxies, timeout=timeout)
        if name is not None:
            keep_connection(name, operate.settings)
        return
    options = {"proxies": proxies, "timeout": timeout}

    def open_with(settings: Settings, stopped: threading.Event) -> Operate:
        return open_connection(settings, stopped=stopped)

    _ask_anew(_by_answers(from_arguments({"ca": ca}), options, open_with), name)


@short_traceback
def logout(*, forget: bool | str = False) -> None:
    """Close the connection that readers use.

    Parameters
    ----------
    forget : bool or str
        Also delete what was remembered on this computer, or the connection of that name. Needs the extra ``keyring``.

    Raises
    ------
    SettingsError
        `forget` without the extra, or the keyring refuses.

    Examples
    --------
    >>> import operate_frames as of
    >>> of.logout()
    """
    operate = current()
    if operate is not None:
        operate.close()
    if _form is not None:
        _form.open()
    if isinstance(forget, str):
        forget_connection(forget)
    elif forget:
        forget_signin()


def resolve_connection(operate: object) -> Operate:
    """Check the argument that readers take; without one give the current connection, or sign in."""
    if operate is None:
        return current() or _from_the_form() or connect()
    if not isinstance(operate, Operate):
        raise WrongType(f"operate takes what connect() gives, not {type(operate).__name__}.")
    operate.transport.check_open()
    return operate


def _from_the_form() -> Operate | None:
    """What a form that is shown connects to, once it has; None where no form is open."""
    if _form is None:
        return None
    _form.wait_while_connecting()
    if current() is None and _form.is_open:
        raise SignInNeeded(
            "The sign-in form above is not filled in yet: press Connect there, then run this cell again."
        )
    return current()


def _ask(sign_in: SignIn) -> Operate:
    """Sign in by what was remembered, else by asking; `SignInNeeded` where that takes until later or for ever."""
    if (answers := load_signin()) is not None:
        return make_current(sign_in(answers, threading.Event()))
    if interactive_frontend() is None:
        names = ", ".join(name for setting, names in ENVIRONMENT.items() if setting not in _WAY for name in names)
        raise SignInNeeded(
            "No credentials found, and nobody is here to be asked. Looked for: the arguments of connect(), such as"
            f" base_url, client_id and client_secret, or username and password; env_file; {names} in the environment;"
            f" {where()}.{' ' + unread if (unread := unread_names(from_environment())) else ''}"
        )
    operate = _ask_anew(sign_in)
    if operate is None:
        raise SignInNeeded("Sign in with the form: press Connect there, then run this cell again.")
    return operate


def _ask_anew(sign_in: SignIn, name: str | None = None) -> Operate | None:
    """Ask at the terminal; or show the form, whose answer comes later."""
    global _form
    if interactive_frontend() == "terminal":
        from operate_frames.signin.terminal import ask  # noqa: PLC0415 - only where somebody is to be asked

        return make_current(ask(sign_in, name))
    from operate_frames.signin.notebook.form import Form  # noqa: PLC0415 - the widget library is slow to import

    if _form is None or _form.is_gone:
        _form = Form(sign_in)
    _form.show(sign_in, current(), name)
    return None


def _by_answers(
    given: Source, options: Mapping[str, Any], open_with: Callable[[Settings, threading.Event], Operate]
) -> SignIn:
    """What signs in with answers: secrets that were left empty, and the way to the network, are those known here."""

    def sign_in(answers: Source, stopped: threading.Event) -> Operate:
        known = from_environment().only(_WAY if answers.stands_alone else SECRETS | _WAY)
        return open_with(resolve([answers, given, known], **options), stopped)

    return sign_in


def _hidden(secret: Any) -> Any:
    """Wrap a secret, or what gives one, before any frame, and so any traceback that shows locals, can hold it bare."""
    if isinstance(secret, str):
        return Secret(secret)
    return TokenSource(secret) if callable(secret) else secret
