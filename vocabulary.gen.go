// Code generated from openapi.yaml by internal/vocabulary; DO NOT EDIT.

package migrationlink

// The operations of the contract.
const (
	// OperationConnect is POST /orgs/{orgId}/liveExport/migrationLink.
	OperationConnect Operation = "connect"
	// OperationStatus is GET /orgs/{orgId}/liveExport/migrationLink/status.
	OperationStatus Operation = "status"
	// OperationDisconnect is DELETE /orgs/{orgId}/liveExport/migrationLink.
	OperationDisconnect Operation = "disconnect"
)

// Operations returns every operation, in the order of a link's life: what creates it comes first.
func Operations() []Operation {
	return []Operation{OperationConnect, OperationStatus, OperationDisconnect}
}

// The security schemes of the contract.
const (
	SecuritySchemeDigest         SecurityScheme = "digest"
	SecuritySchemeServiceAccount SecurityScheme = "serviceAccount"
)

// SecuritySchemes returns every security scheme, in the order of the contract.
func SecuritySchemes() []SecurityScheme {
	return []SecurityScheme{SecuritySchemeDigest, SecuritySchemeServiceAccount}
}

// Authorization is what the Authorization header calls the scheme; empty for one that the contract does not have.
func (s SecurityScheme) Authorization() string {
	switch s {
	case SecuritySchemeDigest:
		return "Digest"
	case SecuritySchemeServiceAccount:
		return "Bearer"
	}
	return ""
}

// The statuses of a link. [Status] says what they mean.
const (
	StatusSynced    Status = "SYNCED"
	StatusNotSynced Status = "NOT_SYNCED"
)

// Statuses returns every status, in the order of the contract.
func Statuses() []Status {
	return []Status{StatusSynced, StatusNotSynced}
}

// The error codes that the contract has an example of, by HTTP status.
const (
	CodeInvalidAttribute                         Code = "INVALID_ATTRIBUTE"                               // 400
	CodeInvalidEnumValue                         Code = "INVALID_ENUM_VALUE"                              // 400
	CodeInvalidJSON                              Code = "INVALID_JSON"                                    // 400
	CodeInvalidJSONAttribute                     Code = "INVALID_JSON_ATTRIBUTE"                          // 400
	CodeInvalidQueryParameter                    Code = "INVALID_QUERY_PARAMETER"                         // 400
	CodeMalformedJSON                            Code = "MALFORMED_JSON"                                  // 400
	CodeMissingAttribute                         Code = "MISSING_ATTRIBUTE"                               // 400
	CodeValidationError                          Code = "VALIDATION_ERROR"                                // 400
	CodeNotOrgAdmin                              Code = "NOT_ORG_ADMIN"                                   // 401
	CodeNotOrgOwner                              Code = "NOT_ORG_OWNER"                                   // 401
	CodeNoCurrentUser                            Code = "NO_CURRENT_USER"                                 // 401
	CodeUserCannotAccessOrg                      Code = "USER_CANNOT_ACCESS_ORG"                          // 401
	CodeUserUnauthorized                         Code = "USER_UNAUTHORIZED"                               // 401
	CodeAccountSuspended                         Code = "ACCOUNT_SUSPENDED"                               // 402
	CodeAccessForbidden                          Code = "ACCESS_FORBIDDEN"                                // 403
	CodeIPAddressNotOnAccessList                 Code = "IP_ADDRESS_NOT_ON_ACCESS_LIST"                   // 403
	CodeNoFreeTierAPI                            Code = "NO_FREE_TIER_API"                                // 403
	CodeOrgRequiresAccessList                    Code = "ORG_REQUIRES_ACCESS_LIST"                        // 403
	CodeExpectedNonAtlasOrg                      Code = "EXPECTED_NON_ATLAS_ORG"                          // 404
	CodeInvalidOrgID                             Code = "INVALID_ORG_ID"                                  // 404
	CodeOrgNotFound                              Code = "ORG_NOT_FOUND"                                   // 404
	CodeResourceNotFound                         Code = "RESOURCE_NOT_FOUND"                              // 404
	CodeMethodNotAllowed                         Code = "METHOD_NOT_ALLOWED"                              // 405
	CodeCannotDeleteOrgLinkWithRunningLiveExport Code = "CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT" // 409
	CodeLinkTokenInUse                           Code = "LINK_TOKEN_IN_USE"                               // 409
	CodeRequestEntityTooLarge                    Code = "REQUEST_ENTITY_TOO_LARGE"                        // 413
	CodeUnsupportedMediaType                     Code = "UNSUPPORTED_MEDIA_TYPE"                          // 415
	CodeRateLimited                              Code = "RATE_LIMITED"                                    // 429
	CodeUnexpectedError                          Code = "UNEXPECTED_ERROR"                                // 500
	CodeServiceUnavailable                       Code = "SERVICE_UNAVAILABLE"                             // 503
)

// Codes returns every error code, sorted by HTTP status and then by name.
func Codes() []Code {
	return []Code{
		CodeInvalidAttribute,
		CodeInvalidEnumValue,
		CodeInvalidJSON,
		CodeInvalidJSONAttribute,
		CodeInvalidQueryParameter,
		CodeMalformedJSON,
		CodeMissingAttribute,
		CodeValidationError,
		CodeNotOrgAdmin,
		CodeNotOrgOwner,
		CodeNoCurrentUser,
		CodeUserCannotAccessOrg,
		CodeUserUnauthorized,
		CodeAccountSuspended,
		CodeAccessForbidden,
		CodeIPAddressNotOnAccessList,
		CodeNoFreeTierAPI,
		CodeOrgRequiresAccessList,
		CodeExpectedNonAtlasOrg,
		CodeInvalidOrgID,
		CodeOrgNotFound,
		CodeResourceNotFound,
		CodeMethodNotAllowed,
		CodeCannotDeleteOrgLinkWithRunningLiveExport,
		CodeLinkTokenInUse,
		CodeRequestEntityTooLarge,
		CodeUnsupportedMediaType,
		CodeRateLimited,
		CodeUnexpectedError,
		CodeServiceUnavailable,
	}
}

// HTTPStatus is the status of a response with the code; 0 for a code that the contract does not have.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeInvalidAttribute,
		CodeInvalidEnumValue,
		CodeInvalidJSON,
		CodeInvalidJSONAttribute,
		CodeInvalidQueryParameter,
		CodeMalformedJSON,
		CodeMissingAttribute,
		CodeValidationError:
		return 400 // Bad Request
	case CodeNotOrgAdmin,
		CodeNotOrgOwner,
		CodeNoCurrentUser,
		CodeUserCannotAccessOrg,
		CodeUserUnauthorized:
		return 401 // Unauthorized
	case CodeAccountSuspended:
		return 402 // Payment Required
	case CodeAccessForbidden,
		CodeIPAddressNotOnAccessList,
		CodeNoFreeTierAPI,
		CodeOrgRequiresAccessList:
		return 403 // Forbidden
	case CodeExpectedNonAtlasOrg,
		CodeInvalidOrgID,
		CodeOrgNotFound,
		CodeResourceNotFound:
		return 404 // Not Found
	case CodeMethodNotAllowed:
		return 405 // Method Not Allowed
	case CodeCannotDeleteOrgLinkWithRunningLiveExport,
		CodeLinkTokenInUse:
		return 409 // Conflict
	case CodeRequestEntityTooLarge:
		return 413 // Request Entity Too Large
	case CodeUnsupportedMediaType:
		return 415 // Unsupported Media Type
	case CodeRateLimited:
		return 429 // Too Many Requests
	case CodeUnexpectedError:
		return 500 // Internal Server Error
	case CodeServiceUnavailable:
		return 503 // Service Unavailable
	}
	return 0
}
