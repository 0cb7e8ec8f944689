package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"

type openAPI struct {
	Definitions map[string]object `json:"definitions"`
}

// writeNative writes all definitions into one file and, for each kind, a schema that points into it.
func writeNative(file, out string) (int, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var read openAPI
	if err := json.Unmarshal(content, &read); err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	written := 0
	for name, definition := range read.Definitions {
		if kinds, _ := definition["x-kubernetes-group-version-kind"].([]any); len(kinds) == 1 {
			kind, _ := kinds[0].(object)
			pointer := object{"$ref": "../definitions.json#/definitions/" + name}
			if err := writeKind(out, textOf(kind, "group"), textOf(kind, "version"), textOf(kind, "kind"), pointer); err != nil {
				return written, err
			}
			written++
		}
		adapt(definition)
	}
	// The API reads a bare number as a quantity too: `cpu: 1`.
	if definition, there := read.Definitions[quantity]; there {
		definition["type"] = []any{"string", "number"}
	}
	return written, writeJSON(filepath.Join(out, "definitions.json"), read)
}

func textOf(from object, key string) string {
	value, _ := from[key].(string)
	return value
}
