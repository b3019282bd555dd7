import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Removes what would redirect or weaken signed traffic behind our back (S8, S27): every `AWS_*` variable, since
 * `AWS_ENDPOINT_URL_S3` alone sends signed requests elsewhere, and the switch that turns certificate checks off; and the
 * password of a proxy, which is for nobody else. Answers the removed values by name: the command line reads its credentials
 * from them.
 */
export function scrubEnvironment(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const removed: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    const upper = name.toUpperCase()
    if (!upper.startsWith('AWS_') && !alsoRemoved.has(upper)) continue
    if (value !== undefined) removed[upper] = value
    delete environment[name]
  }
  return removed
}

const alsoRemoved = new Set(['NODE_TLS_REJECT_UNAUTHORIZED', 'PAIL_PROXY_PASSWORD'])

/** The variables by which a system without settings of its own names its proxies; undefined where it names none. */
export function proxyVariables(
  environment: Readonly<NodeJS.ProcessEnv>,
): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {}
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY', 'REQUEST_METHOD'])
    for (const form of [name, name.toLowerCase()]) {
      const value = environment[form]
      if (value !== undefined && value !== '') found[form] = value
    }
  return Object.keys(found).some((name) => /^(https?|all)_proxy$/i.test(name)) ? found : undefined
}

/** Where a host keeps its settings when nothing else is said: the same folder for the window, browser and command line. */
export function defaultUserDataDirectory(
  platform: NodeJS.Platform,
  environment: Readonly<NodeJS.ProcessEnv>,
  home = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Pail')
  if (platform === 'win32') return join(environment['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Pail')
  const configured = environment['XDG_CONFIG_HOME']
  // The base directory specification: a relative value is invalid and ignored.
  return join(configured && isAbsolute(configured) ? configured : join(home, '.config'), 'Pail')
}

/** The folder for settings: `--user-data-dir=`, else `PAIL_USER_DATA`, else {@link defaultUserDataDirectory}. */
export function userDataDirectory(
  argv: readonly string[],
  environment: Readonly<NodeJS.ProcessEnv>,
  platform: NodeJS.Platform,
): string {
  const prefix = '--user-data-dir='
  const given = argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length)
  const chosen = given || environment['PAIL_USER_DATA']
  return chosen ? resolve(chosen) : defaultUserDataDirectory(platform, environment)
}

/** Where a host keeps what it can make again at any time: the system's folder for caches. */
export function cacheDirectory(
  platform: NodeJS.Platform,
  environment: Readonly<NodeJS.ProcessEnv>,
  home = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'Pail')
  if (platform === 'win32')
    return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'Pail', 'Cache')
  const configured = environment['XDG_CACHE_HOME']
  return join(configured && isAbsolute(configured) ? configured : join(home, '.cache'), 'Pail')
}
