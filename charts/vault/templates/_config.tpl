{{- define "vault.hcl" -}}
ui            = false
disable_mlock = true
log_level     = "{{ .Values.logLevel }}"
api_addr      = "https://{{ .Values.site.endpoints.secrets.host }}:{{ .Values.site.endpoints.secrets.port }}"
cluster_addr  = "https://vault-0.vault-members.{{ .Release.Namespace }}.svc.cluster.local:8201"

listener "tcp" {
  address         = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file   = "/etc/vault-tls/tls.crt"
  tls_key_file    = "/etc/vault-tls/tls.key"
  tls_min_version = "tls12"
}

storage "raft" {
  path    = "/vault/data"
  node_id = "vault-0"
}
{{- end }}
