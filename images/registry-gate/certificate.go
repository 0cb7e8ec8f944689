package main

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// certificateFiles gives the certificate that lies in the files now, so that a renewed one is used without a restart.
type certificateFiles struct {
	certificate, key string

	mutex   sync.Mutex
	changed time.Time
	current *tls.Certificate
}

func (files *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	files.mutex.Lock()
	defer files.mutex.Unlock()
	state, err := os.Stat(files.certificate)
	if err == nil && files.current != nil && state.ModTime().Equal(files.changed) {
		return files.current, nil
	}
	pair, loadError := tls.LoadX509KeyPair(files.certificate, files.key)
	if loadError != nil {
		// In the moment of an exchange the two files may not fit; the old pair serves on.
		if files.current != nil {
			return files.current, nil
		}
		return nil, loadError
	}
	files.current = &pair
	if err == nil {
		files.changed = state.ModTime()
	}
	return files.current, nil
}
