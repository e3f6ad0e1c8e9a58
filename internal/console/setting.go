package console

// Setting is what a flag or a field of the configuration says, and the name of it for whoever has to change it.
type Setting struct{ Value, Name string }
