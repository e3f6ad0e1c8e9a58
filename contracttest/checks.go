package contracttest

// Check is a check of Schemathesis, and what asks the same here.
type Check struct {
	// Name is that of Schemathesis.
	Name string
	// Rules of the checker that say it of every exchange, as patterns of path.Match.
	Rules []string
	// InCases reports whether there are cases that ask for it, those whose Check it is.
	InCases bool
	// Excluded says why nothing asks for it, or what of it; empty where all of it is asked.
	Excluded string
}

// Checks are those of Schemathesis, in its own order, so that a reader can compare.
func Checks() []Check {
	return []Check{
		{Name: "not_a_server_error", Rules: []string{"responses/server-error"}},
		{Name: "status_code_conformance", Rules: []string{"responses/[1-5][0-9][0-9]"}},
		{Name: "content_type_conformance", Rules: []string{"responses/*/mediaType"}},
		{Name: "response_headers_conformance", Rules: []string{"responses/*/headers/*", "schema/*"}},
		{Name: "response_schema_conformance", Rules: []string{"schema/*", "schema/x-when/*", "responses/*/content", "responses/*/syntax", "responses/*/encoding"}},
		{Name: "negative_data_rejection", Rules: []string{"responses/rejection"}, InCases: true},
		{Name: "positive_data_acceptance", Rules: []string{"responses/acceptance"}, InCases: true},
		{Name: "missing_required_header", Rules: []string{"responses/rejection"}, InCases: true},
		{Name: "unsupported_method", Rules: []string{"responses/405", "responses/405/headers/Allow"}, InCases: true},
		{Name: "allow_header_conformance", Rules: []string{"responses/options", "responses/405/headers/Allow"}, InCases: true},
		{
			Name: "use_after_free", Rules: []string{"state"}, InCases: true,
			Excluded: "By decision status-unconnected …/status after DELETE is 200 NOT_SYNCED, where Schemathesis wants a 404 of everything below what was deleted.",
		},
		{Name: "ensure_resource_availability", Rules: []string{"state"}, InCases: true},
		{Name: "ignored_auth", Rules: []string{"security"}, InCases: true},
		{Name: "max_response_time", Excluded: "Off: how long an answer may take is nowhere documented."},
	}
}
