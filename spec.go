// Package migrationlink holds what every other package stands on: the contract of MongoDB Cloud Manager's and Ops Manager's
// migration link as an OpenAPI document, and the two values that every call takes, [OrgID] and [LinkToken].
//
// It depends on the standard library alone.
package migrationlink

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI returns the contract: the content of openapi.yaml, an OpenAPI 3.0.3 document in YAML. The slice is the caller's own.
func OpenAPI() []byte { return []byte(openAPI) }
