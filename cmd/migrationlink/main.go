// Command migrationlink connects an organization of MongoDB Cloud Manager or Ops Manager with one of Atlas, shows how the connection is
// doing and ends it, without ever showing the link-token. It can also be the other side: a stand-in of the API to test against.
package main

import (
	"os"

	"github.com/migrationlink/migrationlink/internal/cli"
)

func main() { os.Exit(cli.Main()) }
