package migrationlink

// Operation is an operation of the contract, by its operationId. [Operations] lists them.
type Operation string

// Status is the state of the link between the source organization and its Atlas organization.
//
// [StatusSynced] says that the source has pushed its metadata to Atlas. [StatusNotSynced] says that it
// has not, or that the organization is not connected. A newer server may send another name in capital
// letters. [Statuses] lists those of the contract.
type Status string

// StatusUnknown is the status of a response without one: the server has accepted the call, and did not
// say the state.
const StatusUnknown Status = ""

// SecurityScheme is a way to authenticate, by its name in the contract. [SecuritySchemes] lists them.
type SecurityScheme string

// Code is the errorCode of MongoDB's error document. [Codes] lists those of the contract; the real
// servers have others.
type Code string
