"""The things a Looker instance stores about people. Plain and mutable: the instance's lock guards them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lookgate.emulator.world import AttributeType


@dataclass(slots=True)
class Api3Key:
    """An API key of a user. The secret is kept in clear: this is a toy instance on loopback."""

    id: str
    client_id: str
    client_secret: str
    created_at: datetime
    is_disabled: bool = False
    purpose: str | None = None


@dataclass(slots=True)
class User:
    """A user, with the ids of what they belong to."""

    id: str
    first_name: str
    last_name: str
    email: str | None = None
    external_id: str | None = None
    is_disabled: bool = False
    about: str = ""
    locale: str = "en"
    group_ids: set[str] = field(default_factory=set)
    """Direct membership."""
    role_ids: set[str] = field(default_factory=set)
    """Direct roles; those of groups are added by ``Instance.role_ids_of``."""
    credentials: dict[str, str] = field(default_factory=dict)
    """Credential type (google, saml, oidc, ldap, embed, looker_openid) → the id at that provider."""
    api3: list[Api3Key] = field(default_factory=list)
    ui_state: dict[str, object] = field(default_factory=dict)
    home_folder_id: str | None = None
    models_dir_validated: bool = False
    can_manage_api3_creds: bool = False

    @property
    def display_name(self) -> str:
        """First and last name as Looker shows them."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class Group:
    """A group."""

    id: str
    name: str
    role_ids: set[str] = field(default_factory=set)
    child_ids: set[str] = field(default_factory=set)
    """Groups inside this one: their members are members here too."""
    external_group_id: str | None = None


@dataclass(slots=True)
class PermissionSet:
    """A named set of permissions."""

    id: str
    name: str
    permissions: list[str]
    built_in: bool = False
    all_access: bool = False


@dataclass(slots=True)
class ModelSet:
    """A named set of models."""

    id: str
    name: str
    models: list[str]
    built_in: bool = False
    all_access: bool = False


@dataclass(slots=True)
class Role:
    """Permissions on models."""

    id: str
    name: str
    permission_set_id: str
    model_set_id: str


@dataclass(slots=True)
class UserAttribute:
    """A user attribute: its definition, default and group values."""

    id: str
    name: str
    label: str
    type: AttributeType
    default_value: str | None = None
    value_is_hidden: bool = False
    user_can_view: bool = True
    user_can_edit: bool = False
    hidden_value_domain_whitelist: str | None = None
    """Comma-separated URL patterns; once set, not editable."""
    is_system: bool = False
    is_permanent: bool = False
    group_values: list[tuple[str, str]] = field(default_factory=list)
    """``(group id, value)`` by rank: the first whose group the user is in wins."""
