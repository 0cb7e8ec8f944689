#!/bin/bash
# Judges the rendered objects: schema, origin of images, kinds that an application may hold.
set -euo pipefail
findings="$SCRATCH/findings"
: > "$findings"

plain="$SCRATCH/plain"
rm -rf "$plain" && mkdir -p "$plain"
for object in "$OBJECTS"/*.json; do jq 'del(.["@source"])' "$object" > "$plain/$(basename "$object")"; done
kubeconform -output json -schema-location "$SCHEMAS/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json" "$plain" > "$SCRATCH/schema.json" || true
jq -r '.resources[]? | select(.status != "statusValid" and .status != "statusSkipped") | (.filename | split("/") | last) + "\t" + .kind + " " + .name + ": " + .msg' "$SCRATCH/schema.json" \
  | while IFS=$'\t' read -r file text; do echo "$(jq -r '.["@source"]' "$OBJECTS/$file"): $text"; done >> "$findings"
checked=$(jq -r '[.summary.valid, .summary.invalid, .summary.errors] | add' "$SCRATCH/schema.json")
[ "$checked" = "$(find "$OBJECTS" -name '*.json' | wc -l)" ] || echo "only $checked objects were compared with their schema" >> "$findings"

# Wherever a field named image stands, and in image volumes: only this site's registry, only by digest.
jq -r --arg registry "$REGISTRY" '
  . as $object
  | ([.. | objects | .image? | strings] + [.. | objects | .volumes? | arrays | .[] | objects | .image? | objects | .reference? | strings])[]
  | select(test("^" + ($registry | gsub("\\."; "[.]")) + "/[a-z0-9._/-]+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[a-f0-9]{64}$") | not)
  | $object["@source"] + ": " + $object.kind + " " + $object.metadata.name + ": image " + . + " is not given by digest from " + $registry
' $(grep -L '"kind": "CustomResourceDefinition"' "$OBJECTS"/*.json) >> "$findings"

if [ "$REPOSITORY" = "$APPLICATIONS" ]; then
  jq -r --arg kinds "$KINDS" '
    select((.apiVersion + "/" + .kind) as $kind | ($kinds | split(" ") | index($kind)) == null)
    | .["@source"] + ": " + .apiVersion + " " + .kind + " " + .metadata.name + " is not a kind that applications may hold"
  ' "$OBJECTS"/*.json >> "$findings"
fi

if [ -s "$findings" ]; then
  sort -u "$findings" | tee /dev/stderr | head -c 2000 > "$SUMMARY"
  exit 1
fi
echo "$checked objects are as they should be" | tee "$SUMMARY"
