from __future__ import annotations

from pathlib import Path

import pytest

from gateway_cli import ACTION, Shell

_KEY = f'[[api_keys]]\nname = "batch"\nsha256 = "{"0" * 64}"\nscopes = ["a"]\n'


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("actions/hello.py", ACTION)
    made.write("actions/bye.py", ACTION.replace("def hello", "def bye"))
    made.write("lookgate.toml", '[actions]\nenabled = ["hello"]\n')
    return made


def test_check_says_what_is_set_up(shell: Shell) -> None:
    said = shell.run(
        "check",
        LOOKERSDK_BASE_URL="https://looker.example.com",
        LOOKERSDK_CLIENT_ID="the-id",
        LOOKERSDK_CLIENT_SECRET="the-secret",
    )
    assert said.code == 0
    for words in ("127.0.0.1 port 8080", "https://looker.example.com", "lookgate_handle", "hello, for callers with"):
        assert words in said.out
    assert "the-secret" not in said.out + said.err
    assert "the-id" not in said.out + said.err


def test_check_touches_no_state(shell: Shell) -> None:
    shell.run("check")
    assert not (shell.folder / ".lookgate").exists()


def test_check_says_how_handles_are_exchanged_and_that_a_key_is_missing(shell: Shell) -> None:
    instance = 'base_url = "https://l.example.com"\nclient_id = "env:PATH"\nclient_secret = "env:PATH"'
    shell.write("lookgate.toml", f'[instance]\n{instance}\n[tokens]\nissuer = "https://g.example.com"\n')
    said = shell.run("check")
    assert "exchange   handles for tokens of https://g.example.com, good for 300 s" in said.out
    assert "NONE yet: run lookgate keys rotate --ring tokens" in said.out
    shell.run("keys", "rotate", "--ring", "tokens")
    assert "keys       1 live, in " in shell.run("check").out


def test_an_enabled_action_that_does_not_exist_is_an_error(shell: Shell) -> None:
    shell.write("lookgate.toml", '[actions]\nenabled = ["helo"]\n')
    for arguments in (("check",), ("serve", "--port", "0"), ("actions", "list")):
        said = shell.run(*arguments)
        assert said.code == 1
        assert "'helo'" in said.err


def test_an_action_without_a_policy_stops_the_start(shell: Shell) -> None:
    shell.write("actions/hello.py", ACTION.replace("policy=[at_least(Assurance.SHARED_SECRET)]", "policy=[]"))
    said = shell.run("serve", "--port", "0")
    assert said.code == 1
    assert "no policy" in said.err
    assert "fix: " in said.err


def test_actions_are_listed_with_their_policy_and_whether_they_are_live(shell: Shell) -> None:
    said = shell.run("actions", "list")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].split() == ["bye", "off", *lines[0].split()[2:]]
    assert lines[1].split()[:2] == ["hello", "enabled"]
    assert all("callers with assurance 'shared_secret' or higher" in line for line in lines)


@pytest.mark.parametrize("arguments", [("check",), ("serve", "--port", "0"), ("actions", "list")])
def test_a_level_written_as_text_is_a_sentence_that_names_the_file(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.write("actions/hello.py", ACTION.replace("at_least(Assurance.SHARED_SECRET)", 'at_least("user")'))
    said = shell.run(*arguments)
    assert said.code == 1
    assert "hello.py" in said.err
    assert "at_least() takes an Assurance, not 'user'. Write at_least(Assurance.USER)." in said.err
    assert "Traceback" not in said.err


def test_check_says_what_a_claim_brings(shell: Shell) -> None:
    instance = 'base_url = "https://l.example.com"\nclient_id = "env:PATH"\nclient_secret = "env:PATH"'
    claims = '[claims]\nissuer = "l"\naudiences = ["g"]\ndialect = "duckdb"\n[handle]\nissue_on_claim = true'
    shell.write("lookgate.toml", f'[instance]\n{instance}\n{claims}\n[tokens]\nissuer = "https://g.example.com"\n')
    said = shell.run("check")
    assert "handles    in the user attribute 'lookgate_handle', issued to each user on their first claim" in said.out
    assert "exchange   handles and claims for tokens of https://g.example.com" in said.out


def test_check_warns_of_an_action_for_users_when_nothing_can_prove_one(shell: Shell) -> None:
    shell.write("actions/hello.py", ACTION.replace("Assurance.SHARED_SECRET", "Assurance.USER"))
    shell.write("lookgate.toml", f'[actions]\nenabled = ["hello", "bye"]\n{_KEY}')
    said = shell.run("check")
    assert said.code == 0
    assert "WARNING    nobody can call hello: nothing here proves such a caller" in said.out
    assert "fix: set up who proves callers: [instance], [[oidc]] or [[api_keys]]" in said.out
    proven = {"BASE_URL": "https://l.example.com", "CLIENT_ID": "id", "CLIENT_SECRET": "secret"}
    assert "WARNING" not in shell.run("check", **{f"LOOKERSDK_{key}": value for key, value in proven.items()}).out


@pytest.mark.parametrize(
    ("policy", "warned"), [("public()", False), ('has_scope("a")', False), ('has_scope("b")', True)]
)
def test_check_warns_of_no_action_that_a_key_or_everyone_may_call(shell: Shell, policy: str, *, warned: bool) -> None:
    action = ACTION.replace("at_least(Assurance.SHARED_SECRET)", policy)
    action = action.replace("lookgate import ", "lookgate import has_scope, public, ")
    shell.write("actions/hello.py", action)
    shell.write("lookgate.toml", f'[actions]\nenabled = ["hello"]\n{_KEY}')
    said = shell.run("check")
    assert said.code == 0, said.err
    assert ("WARNING" in said.out) is warned


def test_check_says_what_is_renewed_and_who_starts_it_and_needs_no_folder_of_actions_for_that(shell: Shell) -> None:
    instance = '[instance]\nbase_url = "https://l.example.com"\nclient_id = "env:PATH"\nclient_secret = "env:PATH"\n'
    rule = (
        '[[sync.rules]]\nsource = "google"\naudience = "https://a.example.com"\nattribute = "t"\ntarget = "default"\n'
    )
    shell.write("lookgate.toml", f'{instance}[actions]\nfolder = "none"\n{rule}')
    said = shell.run("check")
    assert said.code == 0, said.err
    assert "sync       t for default: source google for https://a.example.com" in said.out
    assert "runs       every 300 s, started by nobody but lookgate serve --with-scheduler or sync once" in said.out
    assert "actions    none enabled: tokens are renewed, and no action is called" in said.out
    trigger = '[sync]\naudience = "https://g.example.com"\ncallers = ["job@p.iam.gserviceaccount.com"]\n'
    shell.write("lookgate.toml", f"{instance}{trigger}{rule}")
    by = "started by job@p.iam.gserviceaccount.com at POST /api/sync-attributes"
    assert f"runs       every 300 s, {by}" in shell.run("check").out


def test_actions_are_listed_without_any_secret(shell: Shell) -> None:
    instance = 'base_url = "https://l.example.com"\nclient_id = "env:NOT_SET"\nclient_secret = "env:NOT_SET_EITHER"'
    shell.write("lookgate.toml", f'[instance]\n{instance}\n[actions]\nenabled = ["hello"]\n')
    said = shell.run("actions", "list")
    assert said.code == 0, said.err
    assert said.out.splitlines()[1].split()[:2] == ["hello", "enabled"]
    assert "NOT_SET" in shell.run("check").err
