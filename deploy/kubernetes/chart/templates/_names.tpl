{{/* The name of every resource: the release's, which may contain the chart's. */}}
{{- define "rtcount.name" -}}
{{- ternary .Release.Name (printf "%s-rtcount" .Release.Name | trunc 63 | trimSuffix "-") (contains "rtcount" .Release.Name) -}}
{{- end -}}

{{/* The labels by which pods are found: they never change. */}}
{{- define "rtcount.selector" -}}
app.kubernetes.io/name: rtcount
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "rtcount.labels" -}}
{{ include "rtcount.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{/* The port that the configuration names. */}}
{{- define "rtcount.port" -}}
{{- regexFind "[0-9]+$" .Values.config.http.listen -}}
{{- end -}}

{{- define "rtcount.scheme" -}}
{{- ternary "HTTPS" "HTTP" (not (empty (dig "http" "tls" "cert_file" "" .Values.config))) -}}
{{- end -}}

{{/* Whether the process works. The kubelet knows no password, so with basic auth rtcount asks itself. */}}
{{- define "rtcount.healthProbe" -}}
{{- if dig "http" "basic_auth" "username" "" .Values.config -}}
exec:
  command: [/usr/bin/rtcount, health]
{{- else -}}
httpGet:
  path: /healthz
  port: http
  scheme: {{ include "rtcount.scheme" . }}
{{- end -}}
{{- end -}}
