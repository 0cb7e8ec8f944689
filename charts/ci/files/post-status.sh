#!/bin/bash
# Posts the commit status. Runs in a pod of its own that never sees the repository's content.
set -euo pipefail
case $OUTCOME in
  pending) state=pending description='The check is running.' ;;
  Succeeded) state=success description='The check is green.' ;;
  *) state=failure description='The check found something; see the comment below.' ;;
esac
body=$(jq -n --arg state "$state" --arg context "$CONTEXT" --arg description "$description" '{state: $state, context: $context, description: $description}')
curl --silent --show-error --fail-with-body --retry 5 --retry-all-errors --max-time 30 --cacert /etc/site/ca.crt \
  --header @/etc/git-status/header --header 'Content-Type: application/json' --data "$body" \
  "$GIT_URL/api/v1/repos/$REPOSITORY/statuses/$SHA" > /dev/null
echo "$state"
