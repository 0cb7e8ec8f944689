{{/*
One controller: account, deployment, rights inside this namespace. The controllers see Flux objects of this namespace only, so
nothing here reads another namespace; whatever they apply, they apply as the service account that the object names.
Takes: root, name, image, args, extraRules, volumes, volumeMounts, ports, readiness.
*/}}
{{- define "flux.controller" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {app: {{ .name }}, app.kubernetes.io/part-of: flux}
spec:
  replicas: 1
  # Two at once would need a leader's lease, and a lease left behind by a power cut costs half a minute at the next start.
  strategy: {type: Recreate}
  selector:
    matchLabels: {app: {{ .name }}}
  template:
    metadata:
      labels: {app: {{ .name }}, app.kubernetes.io/part-of: flux}
    spec:
      serviceAccountName: {{ .name }}
      terminationGracePeriodSeconds: 30
      priorityClassName: system-cluster-critical
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        fsGroup: 1337
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: manager
          image: {{ required (printf "values: images.%s is missing" .image) (index .root.Values.images .image) }}
          imagePullPolicy: IfNotPresent
          args:
            - --watch-all-namespaces=false
            - --log-level={{ .root.Values.logLevel }}
            - --log-encoding=json
            {{- range .args }}
            - {{ . }}
            {{- end }}
          env:
            - name: RUNTIME_NAMESPACE
              valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
          ports:
            {{- range $port, $number := .ports }}
            - {name: {{ $port }}, containerPort: {{ $number }}, protocol: TCP}
            {{- end }}
            - {name: healthz, containerPort: 9440, protocol: TCP}
          readinessProbe:
            httpGet: {{ toJson .readiness }}
            periodSeconds: 3
            timeoutSeconds: 3
          # A host that is short of time for a minute is no reason to start again.
          livenessProbe:
            httpGet: {path: /healthz, port: healthz}
            periodSeconds: 20
            timeoutSeconds: 10
            failureThreshold: 6
          resources: {{ toJson .root.Values.resources }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            {{- range .volumes }}
            - {name: {{ .name }}, mountPath: {{ .path }}}
            {{- end }}
      volumes:
        {{- range .volumes }}
        - {name: {{ .name }}, emptyDir: {}}
        {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
rules:
  - {apiGroups: [""], resources: [events], verbs: [create, patch]}
  - {apiGroups: [""], resources: [configmaps, secrets, serviceaccounts], verbs: [get, list, watch]}
  {{- toYaml .extraRules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .name }}}
subjects:
  - {kind: ServiceAccount, name: {{ .name }}, namespace: {{ .root.Release.Namespace }}}
{{- end }}
