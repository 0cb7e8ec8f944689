#!/bin/bash
# Judges the rendered objects: schema, origin of images, kinds that an application may hold.
set -euo pipefail
findings="$SCRATCH/findings"
: > "$findings"

# Every object is compared with the schema of its kind. The checker reads them as documents of one file.
jq -c 'del(.["@source"])' "$OBJECTS" | sed 's/^/---\n/' > "$SCRATCH/documents.yaml"
kubeconform -output json -verbose -schema-location "$SCHEMAS/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json" "$SCRATCH/documents.yaml" > "$SCRATCH/schema.json" || true
jq -r --slurpfile objects "$OBJECTS" '
  .resources[] | select(.status != "statusValid") | . as $found
  | ([$objects[] | select(.kind == $found.kind and .metadata.name == $found.name) | .["@source"]] | unique | join(", ")) + ": " + .kind + " " + .name + ": " + .msg
' "$SCRATCH/schema.json" >> "$findings"
objects=$(wc -l < "$OBJECTS")
compared=$(jq '.resources | length' "$SCRATCH/schema.json")
[ "$compared" = "$objects" ] || echo "$compared of $objects objects were compared with their schema" >> "$findings"

# Wherever a field named image stands, and in image volumes: only this site's registry, only by digest.
jq -r --arg registry "$REGISTRY" '
  . as $object | select(.kind != "CustomResourceDefinition")
  | ([.. | objects | .image? | strings] + [.. | objects | .volumes? | arrays | .[] | objects | .image? | objects | .reference? | strings])[]
  | select(test("^" + ($registry | gsub("\\."; "[.]")) + "/[a-z0-9._/-]+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[a-f0-9]{64}$") | not)
  | $object["@source"] + ": " + $object.kind + " " + $object.metadata.name + ": image " + . + " is not given by digest from " + $registry
' "$OBJECTS" >> "$findings"

if [ "$REPOSITORY" = "$APPLICATIONS" ]; then
  jq -r --arg kinds "$KINDS" '
    select((.apiVersion + "/" + .kind) as $kind | ($kinds | split(" ") | index($kind)) == null)
    | .["@source"] + ": " + .apiVersion + " " + .kind + " " + .metadata.name + " is not a kind that applications may hold"
  ' "$OBJECTS" >> "$findings"
fi

if [ -s "$findings" ]; then
  sort -u "$findings" | tee /dev/stderr | head -c 2000 > "$SUMMARY"
  exit 1
fi
echo "$objects objects are as they should be" | tee "$SUMMARY"
