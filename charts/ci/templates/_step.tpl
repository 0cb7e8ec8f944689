{{/* Every container of a pipeline: the tools image, nothing it could gain, nothing it could write but the workspace. */}}
{{- define "ci.step" -}}
image: {{ required "values: images.ci-tools is missing" (index .Values.images "ci-tools") }}
imagePullPolicy: IfNotPresent
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "ci.gitUrl" -}}
https://{{ .Values.site.endpoints.git.host }}:{{ .Values.site.endpoints.git.port }}
{{- end }}
