package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

type definition struct {
	Kind string `json:"kind"`
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPIV3Schema object `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// writeCustom writes a schema for every version of every CustomResourceDefinition below a folder; other objects there are passed over.
func writeCustom(folder, out string) (int, error) {
	written := 0
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, document := range strings.Split(string(content), "\n---") {
			var read definition
			if err := yaml.Unmarshal([]byte(document), &read); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			if read.Kind != "CustomResourceDefinition" {
				continue
			}
			count, err := writeVersions(read, out)
			written += count
			if err != nil {
				return err
			}
		}
		return nil
	})
	return written, err
}

func writeVersions(read definition, out string) (int, error) {
	written := 0
	for _, version := range read.Spec.Versions {
		schema := version.Schema.OpenAPIV3Schema
		if schema == nil {
			continue
		}
		schema["x-kubernetes-embedded-resource"] = true // a whole object, as its own root
		adapt(schema)
		if err := writeKind(out, read.Spec.Group, version.Name, read.Spec.Names.Kind, schema); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}
