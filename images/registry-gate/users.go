package main

import (
	"crypto/sha256"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// userFile knows who may come in: an htpasswd file with bcrypt lines, read again when it changes.
type userFile struct {
	path    string
	writers []string

	mutex   sync.Mutex
	changed time.Time
	hashes  map[string]string
	// A node asks for dozens of layers at once, and bcrypt is slow on purpose: what was once found right is remembered by its
	// digest until the file changes.
	verified map[[sha256.Size]byte]bool
	// Bounds what guessing passwords costs.
	compare chan struct{}
}

// nobody is compared with when the name is unknown, so that the time does not tell which names exist.
var nobody = func() string {
	hash, err := bcrypt.GenerateFromPassword([]byte("nobody"), bcrypt.DefaultCost)
	if err != nil {
		panic(err)
	}
	return string(hash)
}()

func newUserFile(path string, writers []string) *userFile {
	return &userFile{path: path, writers: writers, compare: make(chan struct{}, 2)}
}

func (users *userFile) mayWrite(name string) bool {
	return slices.Contains(users.writers, name)
}

func (users *userFile) knows(name, password string) bool {
	hash, known, proof, right := users.lookUp(name, password)
	if right {
		return true
	}
	users.compare <- struct{}{}
	err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	<-users.compare
	if err != nil || !known {
		return false
	}
	users.mutex.Lock()
	defer users.mutex.Unlock()
	// The file may have changed while the comparison ran.
	if users.hashes[name] == hash {
		users.verified[proof] = true
	}
	return true
}

func (users *userFile) lookUp(name, password string) (hash string, known bool, proof [sha256.Size]byte, right bool) {
	users.mutex.Lock()
	defer users.mutex.Unlock()
	users.refresh()
	proof = sha256.Sum256([]byte(name + "\x00" + password))
	hash, known = users.hashes[name]
	if !known {
		hash = nobody
	}
	return hash, known, proof, users.verified[proof]
}

// refresh keeps the old users while the file cannot be read: a broken mount must not lock every node out.
func (users *userFile) refresh() {
	state, err := os.Stat(users.path)
	if err != nil || (users.hashes != nil && state.ModTime().Equal(users.changed)) {
		return
	}
	text, err := os.ReadFile(users.path)
	if err != nil {
		return
	}
	users.hashes = map[string]string{}
	users.verified = map[[sha256.Size]byte]bool{}
	users.changed = state.ModTime()
	for line := range strings.Lines(string(text)) {
		name, hash, found := strings.Cut(strings.TrimSpace(line), ":")
		if found && !strings.HasPrefix(name, "#") {
			users.hashes[name] = hash
		}
	}
}
