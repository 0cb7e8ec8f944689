#!/bin/bash
# Renders all that the repository declares: every kustomization, and every Helm release that a kustomization names. A folder called
# base is a building block and is seen through the overlays that use it. Leaves the objects in the file $OBJECTS, one JSON line each.
set -euo pipefail
cd "$SOURCE"
mkdir -p "$RENDERED" "$SCRATCH"
: > "$OBJECTS"
: > "$SCRATCH/sources"

refuse() {
  printf '%s\n' "$1" | head -c 2000 > "$SUMMARY"
  printf '%s\n' "$1" >&2
  exit 1
}

# Helm reads YAML and writes JSON: documents go in as files of a chart whose only template prints them, one line each.
chart="$SCRATCH/as-json"
mkdir -p "$chart/templates"
printf 'apiVersion: v2\nname: as-json\nversion: 1.0.0\n' > "$chart/Chart.yaml"
cat > "$chart/templates/objects.yaml" <<'TEMPLATE'
{{- range $path, $_ := .Files.Glob "documents/*.yaml" }}
#{{ dict "path" (base $path) "object" ($.Files.Get $path | fromYaml) | toJson }}
{{- end }}
TEMPLATE

documents=0
# Splits what was rendered, documents parted by lines of three dashes, and remembers where each document came from.
collect() {
  mkdir -p "$chart/documents"
  documents=$((documents + 100000))
  awk -v to="$chart/documents/" -v n="$documents" '/^---/ { n++; next } { print > (to n ".yaml") }' "$1"
  printf '%s\n' "$2" >> "$SCRATCH/sources"
}

# Turns all documents collected so far into objects. The name of a document begins with the line of its source.
convert() {
  [ -d "$chart/documents" ] || return 0
  find "$chart/documents" -name '*.yaml' | while IFS= read -r file; do grep -qE '^[^#[:space:]]' "$file" || rm "$file"; done
  helm template as-json "$chart" > "$SCRATCH/lines" 2> "$SCRATCH/error" || refuse "not readable as YAML: $(cat "$SCRATCH/error")"
  sed -n 's/^#{/{/p' "$SCRATCH/lines" | jq -c --rawfile sources "$SCRATCH/sources" '
    ($sources | split("\n")) as $names
    | (.path | rtrimstr(".yaml") | tonumber / 100000 | floor) as $line
    | .object | walk(if type == "object" then with_entries(select(.value != null)) else . end) | . + {"@source": $names[$line - 1]}
  ' > "$SCRATCH/converted"
  cat "$SCRATCH/converted" >> "$OBJECTS"
  jq -r 'select(((.kind | type) == "string" and (.apiVersion | type) == "string" and (.metadata | type) == "object" and (.metadata.name | type) == "string") | not)
    | .["@source"] + ": an object that is no YAML, or without apiVersion, kind or metadata.name"' "$SCRATCH/converted" > "$SCRATCH/error"
  [ ! -s "$SCRATCH/error" ] || refuse "$(cat "$SCRATCH/error")"
  rm -rf "$chart/documents"
}

built=0
while IFS= read -r file; do
  folder=$(dirname "$file")
  name=${folder#./}
  [ "$(basename "$name")" != base ] || continue
  out="$RENDERED/$(printf '%s' "$name" | tr '/' '_').yaml"
  timeout 60 kustomize build "$folder" > "$out" 2> "$SCRATCH/error" || refuse "kustomize build $name: $(cat "$SCRATCH/error")"
  collect "$out" "$name"
  built=$((built + 1))
done < <(find . \( -name kustomization.yaml -o -name kustomization.yml -o -name Kustomization \) -not -path './charts/*' | sort)
[ "$built" -gt 0 ] || refuse 'The repository holds no kustomization: there is nothing to check, and nothing would be delivered.'
convert

releases=0
while IFS=$'\t' read -r release namespace chartPath values; do
  [[ $chartPath =~ ^\./charts/[a-z0-9-]+$ ]] || refuse "HelmRelease $release: chart $chartPath is not a folder of charts/ in this repository"
  [ -f "$chartPath/Chart.yaml" ] || refuse "HelmRelease $release: there is no chart $chartPath"
  printf '%s' "$values" | base64 -d > "$SCRATCH/values.json"
  timeout 60 helm template "$release" "$chartPath" --namespace "$namespace" --values "$SCRATCH/values.json" > "$SCRATCH/release.yaml" 2> "$SCRATCH/error" \
    || refuse "HelmRelease $release: $(cat "$SCRATCH/error")"
  collect "$SCRATCH/release.yaml" "HelmRelease $release"
  releases=$((releases + 1))
done < <(jq -r 'select(.kind == "HelmRelease")
  | [(.spec.releaseName // .metadata.name), (.spec.targetNamespace // .metadata.namespace // "default"), (.spec.chart.spec.chart // "-"), (.spec.values // {} | tojson | @base64)]
  | @tsv' "$OBJECTS")
convert
echo "$built kustomizations and $releases Helm releases rendered, $(wc -l < "$OBJECTS") objects"
