module perimeter/images/ci-tools/kube-schemas

go 1.26

require sigs.k8s.io/yaml v1.5.0

require go.yaml.in/yaml/v2 v2.4.2 // indirect
