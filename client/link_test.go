package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

func TestWhatASuccessTells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply reply
		want  client.Link
	}{
		{"synced", jsonReply(201, `{"status":"SYNCED"}`), client.Link{Status: migrationlink.StatusSynced}},
		{"not synced", jsonReply(201, ` { "status" : "NOT_SYNCED" } `), client.Link{Status: migrationlink.StatusNotSynced}},
		{"200", jsonReply(200, `{"status":"SYNCED"}`), client.Link{Status: migrationlink.StatusSynced}},
		{"202", jsonReply(202, `{"status":"NOT_SYNCED"}`), client.Link{Status: migrationlink.StatusNotSynced}},
		{"a charset", reply{status: 201, header: map[string]string{"Content-Type": "Application/JSON;charset=ISO-8859-1"}, body: `{"status":"SYNCED"}`}, client.Link{Status: migrationlink.StatusSynced}},
		{"parameters that cannot be read", reply{status: 201, header: map[string]string{"Content-Type": "application/json; a=1; a=2"}, body: `{"status":"SYNCED"}`}, client.Link{Status: migrationlink.StatusSynced}},
		{"no status", jsonReply(201, `{}`), client.Link{Status: migrationlink.StatusUnknown}},
		{"status null", jsonReply(201, `{"status":null}`), client.Link{Status: migrationlink.StatusUnknown}},
		{"status by another name", jsonReply(201, `{"Status":"SYNCED"}`), client.Link{Status: migrationlink.StatusUnknown}},
		{"a newer status", jsonReply(201, `{"status":"SYNCING_2"}`), client.Link{Status: "SYNCING_2"}},
		{"properties that are not known", jsonReply(201, `{"status":"SYNCED","error":null,"links":[{"rel":"self"}]}`), client.Link{Status: migrationlink.StatusSynced}},
		{"everything", jsonReply(200, `{"sourceOrgId":"5f7aac56b3a0b94bcdce6d8a","createdAt":"2026-11-23T10:00:00Z","lastSyncedAt":"2026-11-23T11:00:00.5+01:00","errorMessage":"push\u001b failed","targetOrg":{"orgId":"4888442a3354817a7320eb61","n":12345678901234567890,"more":["\u0007",null,true]}}`),
			client.Link{
				SourceOrgID: "5f7aac56b3a0b94bcdce6d8a", ErrorMessage: "push\uFFFD failed",
				CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), LastSyncedAt: time.Date(2026, 11, 23, 10, 0, 0, 5e8, time.UTC),
				TargetOrg: map[string]any{"orgId": "4888442a3354817a7320eb61", "n": json.Number("12345678901234567890"), "more": []any{"\uFFFD", nil, true}},
			}},
		{"properties of other types", jsonReply(200, `{"status":"SYNCED","sourceOrgId":1,"createdAt":"yesterday","lastSyncedAt":5,"errorMessage":{},"targetOrg":"x"}`), client.Link{Status: migrationlink.StatusSynced}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, operation := range []string{"connect", "status"} {
				link, err := run(t, over(t, &script{signed: answering(c.reply)}), operation)
				require.NoError(t, err)
				link.LastSyncedAt = link.LastSyncedAt.UTC()
				assert.Equal(t, c.want, link)
			}
		})
	}
}

func TestWhatADisconnectTakesForSuccess(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]reply{
		"204":                     {status: 204},
		"200 without content":     {status: 200},
		"202 with a JSON object":  jsonReply(202, `{"status":"NOT_SYNCED"}`),
		"204 with a content type": {status: 204, header: map[string]string{"Content-Type": "text/html"}},
	} {
		_, err := run(t, over(t, &script{signed: answering(r)}), "disconnect")
		assert.NoError(t, err, name)
	}
}

func TestTheFieldsOfAnError(t *testing.T) {
	t.Parallel()
	const body = `{"badRequestDetail":{"fields":[{"description":"too\u0000 short","field":"linkToken"}]},"detail":"Invalid attribute.","error":400,` +
		`"errorCode":"INVALID_ATTRIBUTE","parameters":["/api/oauth/token",10,{"a":[1.50]},null],"reason":"Bad Request"}`
	for name, r := range map[string]reply{
		"plain":     later(400, body, "7"),
		"enveloped": later(400, `{"status":400,"content":`+body+`}`, "7"),
	} {
		_, err := run(t, over(t, &script{signed: answering(r)}), "status")
		var e *client.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, migrationlink.CodeInvalidAttribute, e.Code)
		assert.Equal(t, "Invalid attribute.", e.Detail)
		assert.Equal(t, "Bad Request", e.Reason)
		assert.Equal(t, []any{"/api/oauth/token", json.Number("10"), map[string]any{"a": []any{json.Number("1.50")}}, nil}, e.Parameters)
		assert.Equal(t, []client.Field{{Name: "linkToken", Description: "too\uFFFD short"}}, e.Fields)
		assert.Equal(t, "application/json", e.ContentType)
		assert.Equal(t, "7", e.RetryAfter)
		assert.Empty(t, e.Snippet)
	}
}
