from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from extension_site import SECRET, Lab
from probe_frame import error, frame_of, outcome, value

pytestmark = pytest.mark.browser
Open = Callable[[str, str], Page]


@pytest.mark.parametrize("name", ["probe", "split", "remote"])
def test_classic_module_and_remote_bundles_start_and_run_once(open_page: Open, name: str) -> None:
    frame = frame_of(open_page("Ada", f"/extensions/lab::{name}"))
    assert frame.evaluate("probe.runs") == 1
    assert frame.evaluate("probe.sawContentLoaded") is True
    assert frame.evaluate("probe.metadataAtLoad.label")
    assert value(frame, "sdk.verifyHostConnection()") is True


def test_a_split_bundle_finds_its_chunk(open_page: Open) -> None:
    frame = frame_of(open_page("Ada", "/extensions/lab::split"))
    assert frame.evaluate("probe.late()") == "a chunk that came late"


def test_an_extension_without_entitlements_does_not_start(open_page: Open) -> None:
    page = open_page("Ada", "/extensions/lab::careless")
    expect(page.get_by_role("alert")).to_contain_text("Entitlements must be defined")
    assert page.locator("iframe").count() == 0


def test_the_frame_is_cut_off_from_looker(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    assert frame.url.startswith(lab.instance.sandbox_url)
    assert frame.evaluate("window.origin") == "null"
    for reach in ("parent.document", "localStorage", "top.location.href"):
        assert (
            frame.evaluate(f"() => {{ try {{ return String({reach}) }} catch (e) {{ return e.name }} }}")
            == "SecurityError"
        )
    # Neither Looker nor any backend that is not entitled can be fetched, whatever CORS would say.
    for url in (f"{lab.instance.base_url}/internal/extensions/lab::probe/boot", "https://elsewhere.example/x"):
        assert error(frame, "fetch(arg)", url).startswith("not entitled to access external url ")
    assert value(frame, "fetch(arg).then((r) => r.status)", f"{lab.backend.url}/echo") == 200


def test_initialize_says_where_the_extension_is(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe/notes/7?sort=up#top")
    frame = frame_of(page)
    data = value(frame, "({...sdk.lookerHostData})")
    assert data["extensionId"] == "lab::probe"
    assert data["lookerVersion"] == "25.20.0"
    assert data["mountPoint"] == "standalone"
    assert data["hostOrigin"] == lab.instance.base_url
    assert frame.evaluate("probe.initial.route") == "/notes/7?sort=up#top"
    assert value(frame, "sdk.createSecretKeyTag('key')") == "{{lab_probe_key}}"


def test_routes_go_both_ways(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    value(frame, "sdk.clientRouteChanged('/one', {n: 1})")
    page.wait_for_url("**/extensions/lab::probe/one")
    value(frame, "sdk.clientRouteChanged('/two?x=1')")
    page.wait_for_url("**/extensions/lab::probe/two?x=1")
    page.go_back()
    frame.wait_for_function("probe.routes.length === 1")
    assert frame.evaluate("probe.routes") == [{"route": "/one", "routeState": {"n": 1}}]
    value(frame, "sdk.clientRouteChanged('/../../admin/users')")
    expect(page.get_by_role("alert")).to_contain_text("A route stays inside the extension")
    assert page.url == f"{lab.instance.base_url}/extensions/lab::probe/one"


def test_the_core_sdk_runs_as_the_user_who_looks(open_page: Open) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    me = value(frame, "core.ok(core.me('id,email,first_name'))")
    assert me["email"] == "ana@example.com"
    assert error(frame, "core.ok(core.all_users({}))") == "Extension not entitled to use api method all_users"
    refused = value(frame, "core.all_groups({limit: 1})")
    assert refused["ok"] in {True, False}


def test_raw_requests_carry_the_whole_answer(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    raw = value(frame, "sdk.invokeCoreSdkRaw('GET', '/user', {fields: 'id'}, undefined, '4.0')")
    assert raw["statusCode"] == 200
    assert raw["url"] == f"{lab.instance.base_url}/api/4.0/user?fields=id"
    assert raw["method"] == "GET"
    assert raw["contentType"].startswith("application/json")
    assert raw["requestStarted"] <= raw["responseCompleted"]
    missing = value(frame, "sdk.invokeCoreSdkRaw('GET', '/nowhere', undefined, undefined, '4.0')")
    assert (missing["ok"], missing["statusCode"]) == (False, 404)
    bare = frame_of(open_page("Ana", "/extensions/lab::bare"))
    call = "sdk.invokeCoreSdkRaw('GET', '/user', undefined, undefined, '4.0')"
    assert error(bare, call).startswith("Extension not entitled to make raw api requests")


def test_server_proxy_puts_the_secret_in_on_the_server(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    lab.backend.seen.clear()
    sent_by_browser: list[str] = []
    page.on("request", lambda request: sent_by_browser.append((request.post_data or "") + str(request.headers)))
    reply = value(
        frame,
        """sdk.serverProxy(arg, {method: 'POST', headers: {'X-Key': sdk.createSecretKeyTag('key')}, body: 'hello'})""",
        f"{lab.backend.url}/save?x=1",
    )
    assert (reply["ok"], reply["status"], reply["body"]["body"]) == (True, 200, "hello")
    arrived = dict(lab.backend.seen[-1]["headers"])
    assert arrived["x-key"] == SECRET
    assert not arrived.keys() & {"cookie", "origin", "referer", "x-csrf-token"}
    assert sent_by_browser
    assert not any(SECRET in text for text in sent_by_browser)


def test_a_url_that_is_not_listed_is_refused_by_both_proxies(open_page: Open) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    for proxy in ("serverProxy", "fetchProxy"):
        text = error(frame, f"sdk.{proxy}('https://elsewhere.example/')")
        assert text.startswith("Extension not entitled to access external url https://elsewhere.example/")


def test_fetch_proxy_comes_from_lookers_origin_under_cors(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    lab.backend.seen.clear()
    call = "sdk.createFetchProxy(arg, {headers: {'X-Probe': 'a'}}).fetchProxy('/put', {method: 'PUT', body: '1'})"
    reply = value(frame, call, lab.backend.url)
    assert reply["body"]["headers"]["origin"] == lab.instance.base_url
    assert reply["body"]["headers"]["x-probe"] == "a"
    assert reply["headers"]["content-type"] == "application/json"
    for path in ("/no-cors", "/redirect"):
        assert error(frame, "sdk.fetchProxy(arg)", lab.backend.url + path).startswith("Failed to fetch ")
    assert error(frame, "sdk.fetchProxy(arg)", lab.instance.base_url).startswith("Extension not entitled")


def test_fetch_proxy_never_sends_cookies_to_this_machine(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    page.context.add_cookies([{"name": "of_the_backend", "value": "1", "url": lab.backend.url}])
    lab.backend.seen.clear()
    for credentials in ("include", "same-origin"):
        value(frame, "sdk.fetchProxy(arg[0], {credentials: arg[1]})", [f"{lab.backend.url}/echo", credentials])
    assert [dict(seen["headers"]).get("cookie") for seen in lab.backend.seen] == [None, None]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oauth_gives_a_token_from_a_window(open_page: Open, lab: Lab, method: str) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    call = "sdk.oauth2Authenticate(arg[0], {client_id: 'c', response_type: 'token'}, arg[1])"
    reply = value(frame, call, [f"{lab.backend.url}/authorize", method])
    assert reply == {"access_token": "t-1", "expires_in": "3600"}
    assert lab.backend.codes["code-1"]["redirect_uri"] == f"{lab.instance.base_url}/extensions/oauth2_redirect"
    assert page.get_by_text("Waiting for you to sign in").count() == 0


def test_oauth_exchanges_a_code_with_a_secret_on_the_server(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    start = "sdk.oauth2Authenticate(arg, {client_id: 'c', response_type: 'code'}, 'GET')"
    assert value(frame, start, f"{lab.backend.url}/authorize") == {"code": "code-1"}
    lab.backend.seen.clear()
    secret = "client_secret: sdk.createSecretKeyTag('key')"
    exchange = f"sdk.oauth2ExchangeCodeForToken(arg, {{client_id: 'c', code: 'code-1', {secret}}})"
    assert value(frame, exchange, f"{lab.backend.url}/token")["access_token"] == "t-2"
    arrived = lab.backend.seen[-1]
    assert (arrived["form"]["client_secret"], arrived["origin"]) == (SECRET, None)


def test_oauth_with_pkce_keeps_the_verifier_in_the_host_page(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    start = "sdk.oauth2Authenticate(arg, {client_id: 'c', response_type: 'code', code_challenge_method: 'S256'}, 'GET')"
    value(frame, start, f"{lab.backend.url}/authorize")
    assert len(lab.backend.codes["code-1"]["code_challenge"]) == 43
    lab.backend.seen.clear()
    exchange = "sdk.oauth2ExchangeCodeForToken(arg, {grant_type: 'authorization_code', client_id: 'c', code: 'code-1'})"
    assert value(frame, exchange, f"{lab.backend.url}/token")["access_token"] == "t-2"
    arrived = lab.backend.seen[-1]
    assert len(arrived["form"]["code_verifier"]) == 43
    assert arrived["origin"] == lab.instance.base_url


def test_oauth_endpoints_must_be_listed_exactly(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    prefix = "Extension not entitled to access external oauth2 API url"
    call = "sdk.oauth2Authenticate(arg, {client_id: 'c', response_type: 'token'}, 'GET')"
    assert error(frame, call, f"{lab.backend.url}/authorize/more").startswith(prefix)
    assert error(frame, "sdk.oauth2ExchangeCodeForToken(arg, {code: 'x'})", f"{lab.backend.url}/other").startswith(
        prefix
    )


def test_local_storage_is_each_users_own(open_page: Open) -> None:
    ana = frame_of(open_page("Ana", "/extensions/lab::probe"))
    assert value(ana, "sdk.localStorageSetItem('k', 'of ana')") is True
    assert value(ana, "sdk.localStorageGetItem('k')") == "of ana"
    ada = frame_of(open_page("Ada", "/extensions/lab::probe"))
    assert value(ada, "sdk.localStorageGetItem('k')") is None
    ana = frame_of(open_page("Ana", "/extensions/lab::probe"))
    assert value(ana, "sdk.localStorageRemoveItem('k')") is True
    assert value(ana, "sdk.localStorageGetItem('k')") is None


def test_user_attributes_are_scoped_or_global(open_page: Open) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    assert value(frame, "sdk.userAttributeGetItem('color')") == "blue"
    assert value(frame, "sdk.userAttributeSetItem('color', 'green')") is True
    assert value(frame, "sdk.userAttributeGetItem('color')") == "green"
    assert value(frame, "sdk.userAttributeResetItem('color')") is None
    assert value(frame, "sdk.userAttributeGetItem('color')") == "blue"
    assert value(frame, "sdk.userAttributeGetItem('email')") == "ana@example.com"
    assert value(frame, "sdk.userAttributeGetItem('hidden')") is None
    assert "is global" in error(frame, "sdk.userAttributeSetItem('key_of_all', 'x')")
    assert "cannot be edited" in error(frame, "sdk.userAttributeSetItem('fixed', 'x')")
    assert "There is no user attribute lab_probe_missing" in error(frame, "sdk.userAttributeGetItem('missing')")
    assert "not entitled" in error(frame, "sdk.userAttributeGetItem('lab_probe_key')")


def test_context_data_is_shared_by_all_users(open_page: Open) -> None:
    ana = frame_of(open_page("Ana", "/extensions/lab::probe"))
    value(ana, "sdk.saveContextData({words: ['for', 'all']})")
    ada = frame_of(open_page("Ada", "/extensions/lab::probe"))
    assert value(ada, "sdk.getContextData()") == {"words": ["for", "all"]}
    value(ada, "sdk.saveContextData({words: []})")
    assert value(ada, "sdk.refreshContextData()") == {"words": []}


def test_the_clipboard_needs_its_entitlement(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lab.instance.base_url)
    frame = frame_of(page)
    frame.locator("body").click()
    assert "error" not in outcome(frame, "sdk.clipboardWrite('copied words')")
    assert page.evaluate("navigator.clipboard.readText()") == "copied words"
    bare = frame_of(open_page("Ana", "/extensions/lab::bare"))
    assert error(bare, "sdk.clipboardWrite('x')").startswith("Extension not entitled to write to the clipboard")
    assert error(bare, "sdk.localStorageGetItem('x')").startswith("Extension not entitled to access local storage")


def test_links_open_where_the_manifest_allows(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    with page.context.expect_page() as opened:
        value(frame, "sdk.openBrowserWindow(arg)", f"{lab.backend.url}/text")
    assert opened.value.url.endswith("/text")
    with page.context.expect_page() as opened:
        value(frame, "sdk.openBrowserWindow('/account', '_blank')")
    assert opened.value.url == f"{lab.instance.base_url}/account"
    for url, words in (
        ("https://elsewhere.example/", "Extension not entitled to open https://elsewhere.example/"),
        ("javascript:alert(1)", "Extension not entitled to open javascript: addresses"),
    ):
        value(frame, "sdk.openBrowserWindow(arg)", url)
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    value(frame, "sdk.updateLocation(arg)", f"{lab.backend.url}/text")
    expect(page.get_by_role("alert").filter(has_text="not entitled to leave Looker")).to_be_visible()
    value(frame, "sdk.updateLocation('/account')")
    page.wait_for_url("**/account")


def test_links_are_refused_without_entitlement(open_page: Open) -> None:
    page = open_page("Ana", "/extensions/lab::bare")
    frame = frame_of(page)
    value(frame, "sdk.updateLocation('/account')")
    expect(page.get_by_role("alert").filter(has_text="Extension not entitled to navigate")).to_be_visible()
    value(frame, "sdk.openBrowserWindow('/account')")
    expect(page.get_by_role("alert").filter(has_text="Extension not entitled to open new windows")).to_be_visible()


def test_title_tracking_errors_and_popovers_reach_the_page(open_page: Open) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    expect(page.locator("[data-extension]")).to_have_attribute("data-rendered", "yes")
    value(frame, "sdk.updateTitle('A title of its own')")
    expect(page).to_have_title("A title of its own")
    page.evaluate("addEventListener('host:track', (event) => { window.tracked = event.detail })")
    value(frame, "sdk.track('saved', 'click', {n: 1})")
    page.wait_for_function("window.tracked")
    assert page.evaluate("tracked") == {"name": "saved", "action": "click", "attributes": {"n": 1}}
    frame.evaluate("setTimeout(() => { throw new Error('broken on purpose') })")
    expect(page.get_by_role("alert").filter(has_text="broken on purpose")).to_be_visible()
    page.locator("details[data-menu] > summary").first.click()
    value(frame, "sdk.closeHostPopovers()")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    value(frame, "sdk.rendered('no canvas')")
    expect(page.get_by_role("alert").filter(has_text="no canvas")).to_be_visible()


def test_the_browsers_harmless_word_about_resizing_is_no_error(open_page: Open) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame = frame_of(page)
    for message in ("completed with undelivered notifications.", "limit exceeded"):
        event = f"new ErrorEvent('error', {{ message: 'ResizeObserver loop {message}' }})"
        frame.evaluate(f"window.dispatchEvent({event})")
    frame.evaluate("setTimeout(() => { throw new Error('broken afterwards') })")
    expect(page.get_by_role("alert").filter(has_text="broken afterwards")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(1)


def test_signing_out_works_only_in_spartan_mode(open_page: Open, lab: Lab) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    value(frame_of(page), "sdk.spartanLogout()")
    expect(page.get_by_role("alert")).to_contain_text("only below /spartan")
    page = open_page("Ana", "/spartan/lab::probe/deep")
    frame = frame_of(page)
    assert value(frame, "sdk.lookerHostData.hostType") == "spartan"
    assert frame.evaluate("probe.initial.route") == "/deep"
    before = len(lab.instance.sessions)
    value(frame, "sdk.spartanLogout()")
    page.wait_for_url(lambda url: "spartan" not in url)
    assert len(lab.instance.sessions) == before - 1


def test_only_the_frames_own_window_is_answered(open_page: Open) -> None:
    page = open_page("Ana", "/extensions/lab::probe")
    frame_of(page)
    answered = page.evaluate(
        """() => new Promise((resolve) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => resolve(true);
          window.postMessage({ action: 0 }, '*', [channel.port2]);
          setTimeout(() => resolve(false), 300);
        })"""
    )
    assert answered is False


def test_an_aborted_request_ends_and_the_unknown_is_refused(open_page: Open, lab: Lab) -> None:
    frame = frame_of(open_page("Ana", "/extensions/lab::probe"))
    answers = frame.evaluate(
        """(url) => new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          const heard = [];
          const request = (type, payload, sequence) => port1.postMessage({ action: 3, data: {
            eventName: 'EXTENSION_API_REQUEST', payload: [{ type, payload }], sequence } });
          port1.onmessage = ({ data: { action, data } }) => {
            if (action === 0) {
              port1.postMessage({ action: 1, data: {} });
              request('VERIFY_HOST', undefined, 1); // before INITIALIZE is answered
              request('toString', {}, 2);
              request('INVOKE_EXTERNAL_API', { type: 'server-proxy', payload: { resource: url } }, 3);
              const abort = { eventName: 'EXTENSION_API_REQUEST', payload: { reason: 'enough' }, sequence: 3 };
              port1.postMessage({ action: 6, data: abort });
              port1.postMessage('nonsense');
            } else if (action === 3 || action === 4) heard.push([action, data.sequence, data.payload]);
            if (heard.length === 3) resolve(heard.sort((a, b) => a[1] - b[1]));
          };
          parent.postMessage({ action: 0 }, '*', [port2]);
        })""",
        f"{lab.backend.url}/echo",
    )
    assert answers == [
        [3, 1, [True]],
        [4, 2, "The host does not know the request toString."],
        [4, 3, "enough"],
    ]
