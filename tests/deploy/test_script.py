"""The script without Google: what a shell makes of it, whatever stands in the settings."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy_plan import BARE, RULE, SYNC, WHOLE, planned
from lookgate.deploy.gcloud import fill, script
from lookgate.deploy.resources import Plan, SecretSlot

STUB = """\
#!/usr/bin/env bash
[ -t 0 ] || cat >/dev/null
{ printf '%s\\0' "$@"; printf '\\n\\0'; } >>"$STUB_CALLS"
case " $* " in
  *' versions list '*) printf '%s\\n' "${STUB_VERSION-1}" ;;
  *' get-iam-policy '*) printf '%s\\n' "${STUB_POLICY-}" ;;
  *' services describe '*) printf '%s\\n' https://sync.a.run.app ;;
  *' describe '*) if [ -n "${STUB_DESCRIBE-}" ]; then printf '%s\\n' "$STUB_DESCRIBE" >&2; exit 1; fi ;;
esac
"""
HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "'; touch owned; '",
    '"; touch owned; "',
    "\\'; touch owned #",
    "${IFS}touch${IFS}owned",
    "&& touch owned",
    "| touch owned",
    "> owned",
    "%0atouch owned",
    "*?[a-z]!1",
    "--flags-file=owned",
]


def run(folder: Path, plan: Plan, **stub: str) -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
    """Run the script with a gcloud that notes what it is given; return its end and gcloud's arguments, call by call."""
    programs, calls = folder / "bin", folder / "calls"
    programs.mkdir(exist_ok=True)
    calls.unlink(missing_ok=True)
    (programs / "gcloud").write_text(STUB)
    (programs / "gcloud").chmod(0o755)
    file = folder / "deploy.sh"
    file.write_text(script(plan), encoding="utf-8")
    environ = {"PATH": f"{programs}:{os.environ['PATH']}", "STUB_CALLS": str(calls), **stub}
    done = subprocess.run(  # noqa: S603 - what the test wrote
        ["/usr/bin/env", "bash", file],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    noted = calls.read_bytes().decode().split("\n\0") if calls.exists() else []
    return done, [call.split("\0")[:-1] for call in noted if call]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_of_the_settings_becomes_a_command(tmp_path: Path, hostile: str) -> None:
    audience = f"https://orders.example/{hostile}"
    toml = BARE + SYNC.replace("/api/sync-attributes", f"/{hostile.replace(chr(34), '')}".replace("\\", "\\\\"))
    toml += RULE.replace("https://orders-abc.a.run.app", json.dumps(audience)[1:-1])
    toml += f"name = {json.dumps(hostile)}\n"
    plan = planned(tmp_path, toml)
    done, calls = run(tmp_path, plan)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "owned").exists()
    assert plan.schedule is not None
    assert f"--oidc-token-audience={plan.schedule.audience}" in calls_of(calls, "scheduler")[-1]
    assert audience in done.stdout, "what is left to do names it as it is"


def calls_of(calls: list[list[str]], service: str) -> list[list[str]]:
    return [call for call in calls if service in call]


@pytest.mark.parametrize("path", ["a b", "a'b", "$(id)", "a\nb", "~root/x", "/etc/../x"])
def test_a_path_that_a_container_cannot_be_told_is_refused(tmp_path: Path, path: str) -> None:
    from lookgate.errors import LookgateError  # noqa: PLC0415 - the subject of this test alone

    with pytest.raises(LookgateError):
        planned(tmp_path, BARE.replace("env:LOOKGATE_STORE_URL", json.dumps(f"file:{path}")[1:-1]))


def test_the_script_ends_where_a_secret_is_empty_and_says_how_to_fill_each(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE)
    done, calls = run(tmp_path, plan, STUB_VERSION="")
    assert done.returncode == 3
    assert calls_of(calls, "run") == [], "no service is made that could not start"
    for secret in plan.secrets:
        assert fill(secret, "acme-looker") in done.stdout


def test_the_line_that_fills_a_secret_shows_it_nowhere(tmp_path: Path) -> None:
    line = fill(SecretSlot("lookgate-KEY", "", variable="KEY"), "acme-looker")
    (tmp_path / "gcloud").write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$*" >args\ncat >given\n')
    (tmp_path / "gcloud").chmod(0o755)
    done = subprocess.run(  # noqa: S603 - the line under test
        ["/usr/bin/env", "bash", "-c", line],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        input="hunter2 'and' $more\\n\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert (tmp_path / "given").read_text() == "hunter2 'and' $more\\n"
    assert "hunter2" not in (tmp_path / "args").read_text() + done.stdout + done.stderr


def test_a_service_that_somebody_opened_to_everybody_fails_the_script(tmp_path: Path) -> None:
    for member in ("allUsers", "allAuthenticatedUsers"):
        policy = json.dumps({"bindings": [{"role": "roles/run.invoker", "members": [member]}]})
        done, _ = run(tmp_path, planned(tmp_path, WHOLE), STUB_POLICY=policy)
        assert done.returncode == 1
        assert "open to everybody" in done.stderr


def test_a_failure_other_than_not_found_ends_the_script_and_nothing_is_made(tmp_path: Path) -> None:
    done, calls = run(tmp_path, planned(tmp_path, WHOLE), STUB_DESCRIBE="ERROR: PERMISSION_DENIED: no")
    assert done.returncode == 1
    assert "PERMISSION_DENIED" in done.stderr
    assert [call for call in calls if "create" in call] == []


def test_what_is_not_there_is_made(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE)
    done, calls = run(tmp_path, plan, STUB_DESCRIBE="ERROR: NOT_FOUND: x")
    assert done.returncode == 0, done.stderr
    made = [call[call.index("create") + 1] for call in calls if "create" in call]
    assert made[: len(plan.accounts) + len(plan.secrets)] == [
        *(one.id for one in plan.accounts),
        *(one.id for one in plan.secrets),
    ]
    done, calls = run(tmp_path, plan)
    assert done.returncode == 0, done.stderr
    assert [call for call in calls if "create" in call and "policies" not in call] == []


def test_the_script_says_at_each_step_what_it_does_and_why(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE)
    text = script(plan)
    reasons = [one.why for one in plan.accounts] + [one.why for one in plan.secrets]
    reasons += [one.why for one in plan.services] + [one.why for one in plan.grants] + list(plan.apis.values())
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [why for why in reasons if not any(why in line for line in comments)] == []
    done, _ = run(tmp_path, plan)
    steps = [line.removeprefix("== ") for line in done.stdout.splitlines() if line.startswith("== ")]
    assert steps[:3] == ["APIs", "Service accounts", "Secrets"]
    assert steps[-1] == "Done. What is left to do"


def test_the_container_starts_with_every_file_where_the_settings_look_for_it_and_no_argument_is_a_script(
    tmp_path: Path,
) -> None:
    from lookgate.deploy.cloudrun import PLACE_FILES  # noqa: PLC0415 - the subject of this test alone

    mounted, home = tmp_path / "etc", tmp_path / "srv"
    mounted.mkdir()
    (mounted / "content").write_text("held")
    (mounted / "content").chmod(0o444)
    (tmp_path / "lookgate").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "lookgate").chmod(0o755)
    done = subprocess.run(  # noqa: S603 - the container's own command
        ["/usr/bin/env", "sh", "-euc", PLACE_FILES, "lookgate", mounted / "content", home / "deep" / "$(touch owned)"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PORT": "8080"},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    placed = home / "deep" / "$(touch owned)"
    assert placed.read_text() == "held"
    assert placed.stat().st_mode & 0o777 == 0o600
    assert done.stdout.split() == shlex.split("serve --host 0.0.0.0 --port 8080")
