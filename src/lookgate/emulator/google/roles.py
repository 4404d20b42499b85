"""What each role allows on a service account.

Source: Google, "IAM roles and permissions index"; only those that matter for making tokens.
"""

from __future__ import annotations

ACCESS_TOKEN = "iam.serviceAccounts.getAccessToken"  # noqa: S105 - the name of a permission
ID_TOKEN = "iam.serviceAccounts.getOpenIdToken"  # noqa: S105 - likewise
DELEGATE = "iam.serviceAccounts.implicitDelegation"
SIGN_BLOB = "iam.serviceAccounts.signBlob"
SIGN_JWT = "iam.serviceAccounts.signJwt"

ROLES = {
    "roles/iam.serviceAccountOpenIdTokenCreator": frozenset({ID_TOKEN}),
    "roles/iam.serviceAccountTokenCreator": frozenset({ACCESS_TOKEN, ID_TOKEN, DELEGATE, SIGN_BLOB, SIGN_JWT}),
    "roles/iam.workloadIdentityUser": frozenset({ACCESS_TOKEN, ID_TOKEN}),
    "roles/iam.serviceAccountUser": frozenset[str](),
}
"""``serviceAccountUser`` is often taken for one that may make tokens; it may not."""
