#!/bin/bash
# Asks this cluster's own API server for the schemas of the kinds that are used, so that the check knows exactly what will be accepted,
# custom kinds included. This is the only step with a token of the cluster; the token may read the API's description and nothing else.
set -euo pipefail
mkdir -p "$SCHEMAS" "$SCRATCH/openapi"
ask() {
  curl --silent --show-error --fail --max-time 30 --cacert "$API_FILES/ca.crt" --header @<(printf 'Authorization: Bearer %s' "$(cat "$API_FILES/token")") "$API$1"
}
ask /openapi/v3 > "$SCRATCH/openapi/index.json"
jq -r '.apiVersion + " " + .kind' "$OBJECTS" | sort -u | while read -r version kind; do
  case $version in */*) path=apis/$version ;; *) path=api/$version ;; esac
  url=$(jq -r --arg path "$path" '.paths[$path].serverRelativeURL // empty' "$SCRATCH/openapi/index.json")
  if [ -z "$url" ]; then
    echo "$kind: this cluster does not serve $version" | tee "$SUMMARY" >&2
    exit 1
  fi
  file="$SCRATCH/openapi/$(printf '%s' "$version" | tr '/' '_').json"
  [ -s "$file" ] || ask "$url" > "$file"
  mkdir -p "$SCHEMAS/${version%/*}"
  # A field that the schema does not know is refused here, where the API server would drop it without a word.
  jq --arg group "$(case $version in */*) printf '%s' "${version%/*}" ;; esac)" --arg version "${version##*/}" --arg kind "$kind" '
    def strict: walk(if type == "object" and (.properties | type == "object") and (has("additionalProperties") | not)
      and (.["x-kubernetes-preserve-unknown-fields"] != true) then . + {additionalProperties: false} else . end);
    (.components.schemas | to_entries | map(select((.value["x-kubernetes-group-version-kind"] // [])
      | any(.group == $group and .version == $version and .kind == $kind))) | first | .key) as $name
    | if $name == null then error("no schema") else {"$ref": ("#/components/schemas/" + $name), components: {schemas: (.components.schemas | strict)}} end
  ' "$file" > "$SCHEMAS/${version%/*}/$(printf '%s' "$kind" | tr '[:upper:]' '[:lower:]')_${version##*/}.json" 2> /dev/null || {
    echo "$version has no kind $kind" | tee "$SUMMARY" >&2
    exit 1
  }
done
