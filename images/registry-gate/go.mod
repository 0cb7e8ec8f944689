module perimeter/images/registry-gate

go 1.26

require golang.org/x/crypto v0.54.0
