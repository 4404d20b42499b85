#!/usr/bin/env bash
# Written by `lookgate deploy gcloud`. Makes what is missing, corrects what is there, and may be run again at any time.
# It holds no secret and asks for none. It needs gcloud with its alpha component (for alerts), logged in as somebody who
# may do all this in the project.
set -euo pipefail

PROJECT=
REGION=
export CLOUDSDK_CORE_DISABLE_PROMPTS=1
command -v gcloud >/dev/null || { echo 'error: gcloud is not installed' >&2; exit 1; }

say() { printf '\n== %s\n' "$*"; }
todo() { printf '* %s\n' "$1"; }

# Whether a thing is there. Any failure but "not found" ends the script with what gcloud said.
there() {
  local said
  if said=$("$@" 2>&1 >/dev/null); then return 0; fi
  case $said in
    *NOT_FOUND* | *'not found'* | *'Cannot find'*) return 1 ;;
  esac
  printf '%s\n' "$said" >&2
  exit 1
}

# A new account takes some seconds to be known everywhere: what names it is tried again.
again() {
  local try
  for try in 1 2 3 4; do
    if "$@"; then return 0; fi
    printf 'trying again in %s s\n' "$((try * 5))" >&2
    sleep "$((try * 5))"
  done
  "$@"
}

# account ID ADDRESS NAME
account() {
  there gcloud iam service-accounts describe "$2" --project="$PROJECT" ||
    gcloud iam service-accounts create "$1" --display-name="$3" --project="$PROJECT"
}

# secret ID
secret() {
  there gcloud secrets describe "$1" --project="$PROJECT" ||
    gcloud secrets create "$1" --replication-policy=automatic --project="$PROJECT"
}

# secret_role, account_role, service_role: THING ROLE PRINCIPAL [REGION]. Granting twice is granting once.
secret_role() {
  again gcloud secrets add-iam-policy-binding "$1" --role="$2" --member="$3" --condition=None \
    --project="$PROJECT" --format=none
}
account_role() {
  again gcloud iam service-accounts add-iam-policy-binding "$1" --role="$2" --member="$3" --condition=None \
    --project="$PROJECT" --format=none
}
service_role() {
  again gcloud run services add-iam-policy-binding "$1" --role="$2" --member="$3" --region="$4" \
    --project="$PROJECT" --format=none
}

# filled SECRET COMMAND: notes the command that fills the secret, if it is empty
missing=()
filled() {
  local version
  version=$(gcloud secrets versions list "$1" --filter=state=ENABLED --format='value(name)' --project="$PROJECT")
  if [ -z "$version" ]; then missing+=("$2"); fi
}
all_filled() {
  if [ "${#missing[@]}" -gt 0 ]; then
    say 'These secrets are empty. Run these lines, then this script again'
    printf '%s\n' "${missing[@]}"
    exit 3
  fi
}

# service < RESOURCE
service() { gcloud run services replace - --region="$REGION" --project="$PROJECT"; }

# closed SERVICE: fails if somebody opened it to everybody
closed() {
  local policy
  policy=$(gcloud run services get-iam-policy "$1" --region="$REGION" --project="$PROJECT" --format=json)
  case $policy in
    *allUsers* | *allAuthenticatedUsers*)
      printf 'error: %s is open to everybody: remove allUsers and allAuthenticatedUsers from its policy\n' "$1" >&2
      exit 1
      ;;
  esac
}

# job NAME SERVICE PATH OPTION…
job() {
  local name=$1 url verb=create
  url=$(gcloud run services describe "$2" --region="$REGION" --project="$PROJECT" --format='value(status.url)')$3
  if there gcloud scheduler jobs describe "$name" --location="$REGION" --project="$PROJECT"; then verb=update; fi
  shift 3
  gcloud scheduler jobs "$verb" http "$name" --location="$REGION" --project="$PROJECT" --uri="$url" "$@" --format=none
}

# alert NAME < POLICY. (gcloud would apply --limit before --filter.)
alert() {
  local name policy
  policy=$(cat)
  name=$(gcloud alpha monitoring policies list --filter="displayName='$1'" --format='value(name)' --project="$PROJECT")
  name=${name%%$'\n'*}
  if [ -z "$name" ]; then
    gcloud alpha monitoring policies create --policy="$policy" --project="$PROJECT"
  else
    gcloud alpha monitoring policies update "$name" --policy="$policy" --project="$PROJECT" --format=none
  fi
}
