{{- define "clockwork.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* Also of the lease, so that each release has its own. */}}
{{- define "clockwork.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := include "clockwork.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* What never changes, for selectors. */}}
{{- define "clockwork.selectorLabels" -}}
app.kubernetes.io/name: {{ include "clockwork.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Of everything but what `helm test` starts. */}}
{{- define "clockwork.labels" -}}
{{ include "clockwork.selectorLabels" . }}
{{ include "clockwork.commonLabels" . }}
{{- end }}

{{- define "clockwork.commonLabels" -}}
app.kubernetes.io/part-of: clockwork
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "clockwork.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "clockwork.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "clockwork.image" -}}
{{- with .Values.image }}
{{- if .registry }}{{ trimSuffix "/" .registry }}/{{ end }}{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* What the operator may do with namespaced objects; a comment for each rule is in manifests/rbac. */}}
{{- define "clockwork.namespacedRules" -}}
- apiGroups: [clockwork.dev]
  resources: [scalabilityexperiments]
  verbs: [delete, get, list, watch]
- apiGroups: [clockwork.dev]
  resources: [scalabilityexperiments/status]
  verbs: [update]
- apiGroups: [""]
  resources: [pods]
  verbs: [create, delete, get, list, watch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create, get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, get, patch]
{{- end }}

{{/* Of the pod of `helm test`, which must not be taken for an operator. */}}
{{- define "clockwork.testLabels" -}}
app.kubernetes.io/name: {{ include "clockwork.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}
