package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"strings"
)

// secretPrefixLength is how many hex digits of the secret's SHA-256 are shown: enough to see that it changed.
const secretPrefixLength = 12

type answer struct {
	Version      string `json:"version"`
	Environment  string `json:"environment"`
	Message      string `json:"message"`
	Secret       bool   `json:"secret"`
	SecretSHA256 string `json:"secretSha256,omitempty"`
}

func handler(settings settings) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(response http.ResponseWriter, _ *http.Request) {
		response.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(response).Encode(look(settings)) // the client may have gone: nobody is left to tell
	})
	routes.HandleFunc("GET /healthz", func(response http.ResponseWriter, _ *http.Request) {
		if settings.broken == brokenNotReady {
			http.Error(response, "BREAK=notready: not ready, as asked", http.StatusServiceUnavailable)
			return
		}
		_, _ = response.Write([]byte("ok\n"))
	})
	return routes
}

// look reads the mounted files at every request, so that a changed message or a rotated secret shows without a restart.
func look(settings settings) answer {
	found := answer{Version: settings.version, Environment: settings.environment, Message: settings.message}
	if text, err := os.ReadFile(settings.messageFile); err == nil {
		found.Message = strings.TrimSpace(string(text))
	}
	if secret, err := os.ReadFile(settings.secretFile); err == nil && len(bytes.TrimSpace(secret)) > 0 {
		sum := sha256.Sum256(secret)
		found.Secret = true
		found.SecretSHA256 = hex.EncodeToString(sum[:])[:secretPrefixLength]
	}
	return found
}
