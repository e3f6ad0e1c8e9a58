// Package gen has the types, the client and the strict server that oapi-codegen makes of openapi.yaml.
//
// This file alone is written by hand. A response has one of two forms, plain or in an envelope, and oapi-codegen decodes one.
package gen

import "encoding/json"

// UnmarshalJSON reads a link, also out of an envelope.
func (l *Link) UnmarshalJSON(content []byte) error {
	type plain Link // without this method
	return json.Unmarshal(opened(content), (*plain)(l))
}

// UnmarshalJSON reads an error, also out of an envelope.
func (e *ApiError) UnmarshalJSON(content []byte) error {
	type plain ApiError // without this method
	return json.Unmarshal(opened(content), (*plain)(e))
}

// opened is what is in an envelope: the content beside a status that is a number. Anything else is returned as it is.
func opened(content []byte) []byte {
	var envelope struct {
		Status  *json.Number    `json:"status"`
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(content, &envelope) != nil || envelope.Status == nil || envelope.Content == nil {
		return content
	}
	return envelope.Content
}
