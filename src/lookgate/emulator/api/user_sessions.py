"""Browser sessions of users."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.find import need_self_or_admin, user_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations
from lookgate.emulator.api.user_shapes import session_id, session_shape, sessions_of
from lookgate.emulator.instance import UiSession

operations = Operations()


@operations("all_user_sessions", "GET", "/users/{user_id}/sessions")
def all_user_sessions(call: Call) -> Any:
    """Return a user's sessions."""
    user = user_in(call)
    need_self_or_admin(call, user)
    return call.fields([session_shape(call, session) for session in sessions_of(call, user)])


@operations("user_session", "GET", "/users/{user_id}/sessions/{session_id}")
def user_session(call: Call) -> Any:
    """Return one session."""
    need_self_or_admin(call, user_in(call))
    return call.fields(session_shape(call, _session(call)))


@operations("delete_user_session", "DELETE", "/users/{user_id}/sessions/{session_id}")
def delete_user_session(call: Call) -> None:
    """End a session: the browser is signed out."""
    need_self_or_admin(call, user_in(call))
    gone = _session(call)
    for key in [key for key, session in call.instance.sessions.items() if session is gone]:
        del call.instance.sessions[key]


def _session(call: Call) -> UiSession:
    for session in sessions_of(call, user_in(call)):
        if session_id(session) == call.path["session_id"]:
            return session
    raise ApiError(404, NOT_FOUND)
