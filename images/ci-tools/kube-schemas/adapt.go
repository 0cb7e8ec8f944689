package main

import "slices"

// adapt turns an OpenAPI schema, in place, into a JSON Schema that says what the API server would accept.
func adapt(schema object) {
	if schema["format"] == "int-or-string" || schema["x-kubernetes-int-or-string"] == true {
		delete(schema, "format")
		schema["type"] = []any{"string", "integer"}
	}
	if schema["nullable"] == true {
		allowNull(schema)
	}
	adaptProperties(schema)
	for _, key := range []string{"items", "additionalProperties"} {
		if inner, is := schema[key].(object); is {
			adapt(inner)
		}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := schema[key].([]any)
		for _, branch := range branches {
			adaptBranch(branch)
		}
	}
	adaptBranch(schema["not"])
}

func adaptProperties(schema object) {
	properties, has := schema["properties"].(object)
	if !has {
		return
	}
	for _, property := range properties {
		if inner, is := property.(object); is {
			adapt(inner)
		}
	}
	required := requiredOf(schema, properties)
	for name, property := range properties {
		if inner, is := property.(object); is && !slices.Contains(required, any(name)) {
			allowNull(inner)
		}
	}
	if schema["x-kubernetes-embedded-resource"] == true {
		for name, kind := range map[string]string{"apiVersion": "string", "kind": "string", "metadata": "object"} {
			if _, there := properties[name]; !there {
				properties[name] = object{"type": kind}
			}
		}
	}
	if _, open := schema["additionalProperties"]; !open && schema["x-kubernetes-preserve-unknown-fields"] != true {
		schema["additionalProperties"] = false
	}
}

// requiredOf keeps, in the schema too, only what the API does not fill in by itself.
func requiredOf(schema, properties object) []any {
	names, _ := schema["required"].([]any)
	required := slices.DeleteFunc(names, func(name any) bool {
		key, _ := name.(string)
		property, _ := properties[key].(object)
		_, filled := property["default"]
		return filled
	})
	if len(required) == 0 {
		delete(schema, "required") // an empty list is no valid schema
	} else {
		schema["required"] = required
	}
	return required
}

// adaptBranch handles a schema that only narrows what the one around it lists: it must not close the object again.
func adaptBranch(branch any) {
	inner, is := branch.(object)
	if !is {
		return
	}
	if _, has := inner["properties"]; has {
		inner["x-kubernetes-preserve-unknown-fields"] = true
	}
	adapt(inner)
}

// allowNull adds null to a schema that has a type. One with fixed values must list it there too.
func allowNull(schema object) {
	switch kind := schema["type"].(type) {
	case string:
		schema["type"] = []any{kind, "null"}
	case []any:
		for _, one := range kind {
			if one == "null" {
				return
			}
		}
		schema["type"] = append(kind, "null")
	default:
		return
	}
	if values, has := schema["enum"].([]any); has {
		schema["enum"] = append(values, nil)
	}
}
