#!/bin/bash
# Removes pipeline runs that ended long ago; their pods go with them.
set -euo pipefail
runs=https://kubernetes.default.svc/apis/tekton.dev/v1/namespaces/$NAMESPACE/pipelineruns
ask() {
  curl --silent --show-error --fail --max-time 30 --cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt \
    --header @<(printf 'Authorization: Bearer %s' "$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)") "$@"
}
ask "$runs" | jq -r --argjson keep "$KEEP_HOURS" '.items[] | select(.status.completionTime != null and (.status.completionTime | fromdate) < now - $keep * 3600) | .metadata.name' \
  | while IFS= read -r name; do ask --request DELETE "$runs/$name" > /dev/null && echo "removed $name"; done
