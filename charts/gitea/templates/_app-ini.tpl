{{/* Read-only at run time: everything that Gitea would write into it on its own is given here or in files of a secret. */}}
{{- define "gitea.ini" -}}
APP_NAME = Git of the site
RUN_USER = git
RUN_MODE = prod
WORK_PATH = /data

[server]
PROTOCOL = https
HTTP_PORT = 3000
CERT_FILE = /etc/gitea-tls/tls.crt
KEY_FILE = /etc/gitea-tls/tls.key
SSL_MIN_VERSION = TLSv1.2
DOMAIN = {{ .Values.site.endpoints.git.host }}
ROOT_URL = https://{{ .Values.site.endpoints.git.host }}:{{ .Values.site.endpoints.git.port }}/
PUBLIC_URL_DETECTION = never
STATIC_ROOT_PATH = /app/static
APP_DATA_PATH = /data/data
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = /data/gitea.db
SQLITE_JOURNAL_MODE = WAL
SQLITE_TIMEOUT = 10000

[security]
INSTALL_LOCK = true
SECRET_KEY_URI = file:/etc/gitea-keys/secret-key
INTERNAL_TOKEN_URI = file:/etc/gitea-keys/internal-token
DISABLE_GIT_HOOKS = true
IMPORT_LOCAL_PATHS = false
MIN_PASSWORD_LENGTH = 12

[oauth2]
ENABLED = false
JWT_SECRET_URI = file:/etc/gitea-keys/jwt-secret

[service]
DISABLE_REGISTRATION = true
REQUIRE_SIGNIN_VIEW = true
DEFAULT_ALLOW_CREATE_ORGANIZATION = false
DEFAULT_USER_VISIBILITY = limited
DEFAULT_ORG_VISIBILITY = private
ENABLE_NOTIFY_MAIL = false

[openid]
ENABLE_OPENID_SIGNIN = false
ENABLE_OPENID_SIGNUP = false

[repository]
ROOT = /data/repositories
DEFAULT_PRIVATE = private
FORCE_PRIVATE = true
DISABLE_MIGRATIONS = true
DISABLE_STARS = true
ENABLE_PUSH_CREATE_USER = false
ENABLE_PUSH_CREATE_ORG = false
DISABLED_REPO_UNITS = repo.actions,repo.packages,repo.wiki,repo.projects

[repository.pull-request]
DEFAULT_MERGE_STYLE = merge
ADD_CO_COMMITTER_TRAILERS = false

[webhook]
ALLOWED_HOST_LIST = {{ .Values.webhookHosts }}
DELIVER_TIMEOUT = 10
PROXY_URL =

[actions]
ENABLED = false

[packages]
ENABLED = false

[mirror]
ENABLED = false

[indexer]
ISSUE_INDEXER_TYPE = db
REPO_INDEXER_ENABLED = false

[queue]
TYPE = level
DATADIR = /data/queues

[session]
PROVIDER = db
COOKIE_SECURE = true

[mailer]
ENABLED = false

[cron.update_checker]
ENABLED = false

[other]
SHOW_FOOTER_VERSION = false

[log]
MODE = console
LEVEL = {{ .Values.logLevel }}
{{- end }}
