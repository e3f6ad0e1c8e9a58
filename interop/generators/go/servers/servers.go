// Package servers compiles what oapi-codegen makes for each server that it knows.
package servers

import (
	_ "generators/gen/chi"
	_ "generators/gen/echo"
	_ "generators/gen/fiber"
	_ "generators/gen/gin"
	_ "generators/gen/gorilla"
	_ "generators/gen/iris"
	_ "generators/gen/stdhttp"
)
