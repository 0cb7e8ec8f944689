#!/bin/bash
# Renders all that the repository declares: every kustomization, and every Helm release that a kustomization names.
# Leaves one JSON file for each object in $OBJECTS.
set -euo pipefail
cd "$SOURCE"
mkdir -p "$OBJECTS" "$RENDERED" "$SCRATCH"

refuse() {
  printf '%s\n' "$1" | head -c 2000 > "$SUMMARY"
  printf '%s\n' "$1" >&2
  exit 1
}

# Helm reads YAML and writes JSON: the object goes in as the values of a chart that prints them.
mkdir -p "$SCRATCH/as-json/templates"
printf 'apiVersion: v2\nname: as-json\nversion: 1.0.0\n' > "$SCRATCH/as-json/Chart.yaml"
printf '{{ toJson .Values }}\n' > "$SCRATCH/as-json/templates/object.yaml"

count=0
# Splits a rendered file, whose documents are parted by lines of three dashes, into objects.
collect() {
  local from=$1 file name=$2 document
  rm -rf "$SCRATCH/split" && mkdir -p "$SCRATCH/split"
  awk -v to="$SCRATCH/split/" 'BEGIN { n = 10000 } /^---/ { n++; next } { print > (to n ".yaml") }' "$from"
  for document in "$SCRATCH"/split/*.yaml; do
    [ -s "$document" ] || continue
    grep -qE '^[^#[:space:]]' "$document" || continue
    count=$((count + 1))
    file=$(printf '%s/%05d.json' "$OBJECTS" "$count")
    helm template as-json "$SCRATCH/as-json" --values "$document" 2> "$SCRATCH/error" | sed -n '/^{/p' \
      | jq --arg source "$name" 'walk(if type == "object" then with_entries(select(.value != null)) else . end) | . + {"@source": $source}' > "$file" \
      || refuse "$name: not readable as YAML: $(cat "$SCRATCH/error")"
    jq -e '(.kind | type == "string") and (.apiVersion | type == "string") and (.metadata.name | type == "string")' "$file" > /dev/null \
      || refuse "$name: an object without apiVersion, kind or metadata.name"
  done
}

built=0
while IFS= read -r file; do
  folder=$(dirname "$file")
  name=${folder#./}
  out="$RENDERED/$(printf '%s' "$name" | tr '/' '_').yaml"
  timeout 60 kustomize build "$folder" > "$out" 2> "$SCRATCH/error" || refuse "kustomize build $name: $(cat "$SCRATCH/error")"
  collect "$out" "$name"
  built=$((built + 1))
done < <(find . \( -name kustomization.yaml -o -name kustomization.yml -o -name Kustomization \) -not -path './charts/*' | sort)
[ "$built" -gt 0 ] || refuse 'The repository holds no kustomization: there is nothing to check, and nothing would be delivered.'

releases=0
while IFS= read -r object; do
  chart=$(jq -r '.spec.chart.spec.chart' "$object")
  release=$(jq -r '.spec.releaseName // .metadata.name' "$object")
  namespace=$(jq -r '.spec.targetNamespace // .metadata.namespace' "$object")
  case $chart in
    ./charts/*) [[ $chart =~ ^\./charts/[a-z0-9-]+$ ]] || refuse "HelmRelease $release: chart $chart is not a folder of charts/" ;;
    *) refuse "HelmRelease $release: chart $chart does not come from this repository" ;;
  esac
  [ -f "$chart/Chart.yaml" ] || refuse "HelmRelease $release: there is no chart $chart"
  jq '.spec.values // {}' "$object" > "$SCRATCH/values.json"
  timeout 60 helm template "$release" "$chart" --namespace "$namespace" --values "$SCRATCH/values.json" > "$SCRATCH/release.yaml" 2> "$SCRATCH/error" \
    || refuse "HelmRelease $release: $(cat "$SCRATCH/error")"
  collect "$SCRATCH/release.yaml" "HelmRelease $release"
  releases=$((releases + 1))
done < <(grep -l '"HelmRelease"' "$OBJECTS"/*.json | while IFS= read -r file; do jq -e '.kind == "HelmRelease"' "$file" > /dev/null && echo "$file"; done)
echo "$built kustomizations and $releases Helm releases rendered, $count objects"
