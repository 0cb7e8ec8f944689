#!/bin/bash
# Tells the author what the check found: authors see pull requests, not the cluster.
set -euo pipefail
[ "$OUTCOME" != Succeeded ] || exit 0
body=$(jq -n --arg text "$(printf 'The check of %s found:\n\n```\n%s\n```\n' "${SHA:0:12}" "$FOUND")" '{body: $text}')
curl --silent --show-error --fail-with-body --retry 5 --retry-all-errors --max-time 30 --cacert /etc/site/ca.crt \
  --header @/etc/git-status/header --header 'Content-Type: application/json' --data "$body" \
  "$GIT_URL/api/v1/repos/$REPOSITORY/issues/$NUMBER/comments" > /dev/null
