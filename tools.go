package migrationlink

// No build constraint stands on this file: with one, go generate would pass over it without a word. The generator is a tool of
// go.mod, which pins its version once.

//go:generate go tool oapi-codegen -config oapi-codegen.yaml openapi.yaml
//go:generate go run ./internal/vocabulary -contract openapi.yaml -out vocabulary.gen.go
//go:generate go run ./internal/clientspec -out openapi.client.yaml
//go:generate go run ./internal/docs -out docs
