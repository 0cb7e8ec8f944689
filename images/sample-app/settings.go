package main

import (
	"fmt"
)

// The ways in which a release can be made to fail on purpose.
const (
	brokenNot      = ""
	brokenCrash    = "crash"
	brokenNotReady = "notready"
)

type settings struct {
	listen      string
	version     string
	environment string
	message     string // used when messageFile is not there
	messageFile string
	secretFile  string
	broken      string
}

// readSettings takes everything from the environment. A value of BREAK that nobody knows is refused: a test of failure that does not fail
// would be worse than none.
func readSettings(env func(string) string) (settings, error) {
	read := settings{
		listen:      or(env("LISTEN"), ":8080"),
		version:     or(env("APP_VERSION"), version),
		environment: env("ENVIRONMENT"),
		message:     env("MESSAGE"),
		messageFile: or(env("MESSAGE_FILE"), "/etc/sample-app/message"),
		secretFile:  or(env("SECRET_FILE"), "/etc/sample-app/secret/value"),
		broken:      env("BREAK"),
	}
	switch read.broken {
	case brokenNot, brokenCrash, brokenNotReady:
		return read, nil
	}
	return settings{}, fmt.Errorf("BREAK=%q is not known; use %s, %s or leave it empty", read.broken, brokenCrash, brokenNotReady)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
