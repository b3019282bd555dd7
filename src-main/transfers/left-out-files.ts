/**
 * Why a file is left out of a folder that is sent, unless somebody names it directly (S51): secrets that lie beside a
 * site, tools' own folders and the litter of file managers. Null for everything else.
 * `name` is relative with `/`; a folder's ends in `/`, and a folder that is left out is not entered.
 */
export function leftOutReason(name: string): string | null {
  const folder = name.endsWith('/')
  const end = folder ? name.length - 1 : name.length
  const last = name.slice(name.lastIndexOf('/', end - 1) + 1, end)
  const lower = last.toLowerCase()
  if (folder) return folders.has(lower) ? `Folders called ${last} are not sent.` : null
  if (litter.has(lower) || last.startsWith('._')) return 'A file of the file manager, not of the site.'
  if (secretName.test(lower)) return 'It looks like a secret. Send it by itself if you mean it.'
  return null
}

const folders = new Set([
  '.git',
  '.hg',
  '.svn',
  '.aws',
  '.ssh',
  '.gnupg',
  '.azure',
  '.gcloud',
  '.kube',
  '.docker',
  '.terraform',
  '.venv',
  '.idea',
  '.vscode',
  '__pycache__',
  '__macosx',
  '$recycle.bin',
  'system volume information',
])

const litter = new Set([
  '.ds_store',
  'thumbs.db',
  'desktop.ini',
  '.localized',
  '.gitignore',
  '.gitattributes',
  '.gitmodules',
])

function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'))
}

/** One expression: every file of a site is asked about. */
const secretName = anyOf([
  /^\.env(\..*)?$/,
  /^\.?(id_(rsa|dsa|ecdsa|ed25519)(_sk)?)$/,
  /\.(pem|key|p12|pfx|p8|jks|keystore|kdbx|ppk)$/,
  /^\.(htpasswd|netrc|npmrc|pypirc|pgpass|my\.cnf|boto|s3cfg|git-credentials|bash_history|zsh_history|python_history)$/,
  /^(credentials|credentials\.(json|csv|ini)|client_secrets?\.json|service[-_]account.*\.json|terraform\.tfstate(\.backup)?)$/,
  /^(accesskeys|rootkey)\.csv$/,
  /\.sqlite3?$/,
])
