// Command kube-schemas writes one JSON Schema for each kind of object that a cluster knows, from Kubernetes' own OpenAPI file and from
// the definitions of custom resources, so that manifests can be checked where no schema can be fetched.
//
//	kube-schemas -openapi swagger.json -crds DIR OUT
//	kubeconform -schema-location 'OUT/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json' FILES
//
// Fields that a kind does not have are errors. Fields that may be absent may be null, as in the API.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type object = map[string]any

func main() {
	openapi := flag.String("openapi", "", "OpenAPI (Swagger 2) file of Kubernetes")
	crds := flag.String("crds", "", "folder with CustomResourceDefinitions, read with its sub-folders")
	flag.Parse()
	if flag.NArg() != 1 || *openapi == "" && *crds == "" {
		fmt.Fprintln(os.Stderr, "usage: kube-schemas [-openapi FILE] [-crds DIR] OUT")
		os.Exit(2)
	}
	written, err := writeAll(*openapi, *crds, flag.Arg(0))
	if err == nil && written == 0 {
		err = fmt.Errorf("no kind of object was found in %q and %q", *openapi, *crds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-schemas:", err)
		os.Exit(1)
	}
	fmt.Println(written, "schemas")
}

func writeAll(openapi, crds, out string) (written int, err error) {
	if openapi != "" {
		if written, err = writeNative(openapi, out); err != nil {
			return written, err
		}
	}
	if crds != "" {
		custom, err := writeCustom(crds, out)
		return written + custom, err
	}
	return written, nil
}

// writeKind puts a kind's schema where kubeconform's template finds it. The core group has no name there but its version.
func writeKind(out, group, version, kind string, schema object) error {
	if group == "" {
		group = version
	}
	return writeJSON(filepath.Join(out, group, strings.ToLower(kind)+"_"+version+".json"), schema)
}

func writeJSON(file string, value any) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
