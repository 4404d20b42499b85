"""What users can be searched and sorted by."""

from __future__ import annotations

from lookgate.emulator.api.listing import Column
from lookgate.emulator.api.route import Call
from lookgate.emulator.people.tree import User

PUBLIC: dict[str, Column[User]] = {
    "id": Column(lambda user: user.id, "id"),
    "first_name": Column(lambda user: user.first_name),
    "last_name": Column(lambda user: user.last_name),
    "full_name": Column(lambda user: user.display_name),
    "display_name": Column(lambda user: user.display_name),
}
"""What everyone may search by."""

DETAILS: dict[str, Column[User]] = {
    "email": Column(lambda user: user.email),
    "is_disabled": Column(lambda user: user.is_disabled, "flag"),
    "embed_user": Column(lambda user: "embed" in user.credentials, "flag"),
    "verified_looker_employee": Column(lambda _: False, "flag"),
    "is_service_account": Column(lambda _: False, "flag"),
    "can_manage_api3_creds": Column(lambda user: user.can_manage_api3_creds, "flag"),
    "group_id": Column(lambda user: user.group_ids, "id"),
}
"""What only those may search by who see the details: else a search would tell them."""


def user_columns(call: Call) -> dict[str, Column[User]]:
    """Return the columns of the caller."""
    return PUBLIC | DETAILS if call.is_admin else PUBLIC
