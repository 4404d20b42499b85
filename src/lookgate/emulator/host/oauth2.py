"""``oauth2Authenticate`` and ``oauth2ExchangeCodeForToken``: third parties' sign-in, with Looker's page as redirect.

The endpoints must be in ``oauth2_urls`` exactly. A code is exchanged by the server when the request carries a secret
tag; with PKCE the host page exchanges it, because only it knows the verifier.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from lookgate.emulator.host import server_proxy, urls
from lookgate.emulator.host.application import Refusal
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.host.tags import Secrets

REDIRECT_PATH = "/extensions/oauth2_redirect"
START_PATH = "/extensions/oauth2_start"


def endpoint_allowed(ask: Ask) -> str:
    """Return the endpoint, if ``oauth2_urls`` lists it.

    Raises:
        Refusal: it is malformed, not listed, or Looker itself.
    """
    return _target(ask).url


def exchange_code(ask: Ask) -> Any:
    """Return an awaitable of the token object that the endpoint gives for the code.

    Raises:
        Refusal: not entitled, a secret that may not go there, or the endpoint cannot be reached or says no.
    """
    target = _target(ask)
    parameters = ask.body.get("authParameters")
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise Refusal("The authParameters are an object of texts.", 400)
    with ask.instance.lock:
        secrets = Secrets(ask.instance, ask.extension, ask.user, target)
        form = {name: secrets.put_in(value) for name, value in parameters.items()}
    form.setdefault("redirect_uri", ask.instance.base_url + REDIRECT_PATH)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _exchange(server_proxy.Outgoing("POST", target, headers, urlencode(form).encode(), reply_as="json"))


async def _exchange(outgoing: server_proxy.Outgoing) -> Any:
    answer = await server_proxy.call(outgoing)
    body = answer["body"]
    if answer["ok"] and isinstance(body, dict):
        return body
    reason = body.get("error_description") or body.get("error") if isinstance(body, dict) else None
    raise Refusal(f"The code could not be exchanged: {str(reason or answer['status'])[:300]}.", 502)


def _target(ask: Ask) -> urls.Target:
    shown = ask.text("authEndpoint", most=urls.MAX_URL_CHARACTERS)
    listed = ask.extension.entitlements.listed("oauth2_urls")
    try:
        target = urls.read(shown)
    except urls.BadUrl as error:
        raise Refusal(f"Extension not entitled to access external oauth2 API url {shown[:200]}: {error}.") from error
    if not urls.entitled_endpoint(listed, target):
        raise Refusal(
            f"Extension not entitled to access external oauth2 API url {shown[:200]}. List exactly this endpoint in "
            "oauth2_urls of the entitlements in manifest.lkml."
        )
    if server_proxy.is_looker_itself(ask.instance, target):
        raise Refusal(f"Extension not entitled to access external oauth2 API url {shown[:200]}: that is Looker itself.")
    return target
