import { homedir } from 'node:os'
import { join } from 'node:path'
import { proxyVariables, scrubEnvironment, userDataDirectory } from '../backend/environment.ts'
import type { ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { Backend, EnvironmentProfile } from '../backend/backend-parts.ts'
import { createPrivateSettings } from './private-settings.ts'
import { findProgramFiles } from './program-files.ts'
import { runCommandLine } from './run-command-line.ts'
import { createFileLog } from '../logging/file-log.ts'
import { createRedactor } from '../logging/redact.ts'

/** Composition root for the command line: the same backend as the window's, without a window. */

const variables = scrubEnvironment(process.env)
const files = findProgramFiles(import.meta.url)
const wantsLog = process.env['PAIL_LOG'] === 'debug'

const redactor = createRedactor(homedir())
const log = createFileLog({
  directory: null,
  redactor,
  level: 'debug',
  echo: wantsLog ? (line) => process.stderr.write(`${line}\n`) : null,
})
for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'PAIL_PROXY_PASSWORD'])
  if (variables[name]) log.addKnownSecret(variables[name])

// What libraries print would spoil the data on stdout and the words on stderr.
for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const)
  console[method] = (...values: unknown[]) => log.debug('A library said:', values)
process.removeAllListeners('warning')
process.on('warning', (warning) => log.debug('A library warned:', warning))

const stop = new AbortController()
for (const [signal, reason] of [
  ['SIGINT', 'interrupted'],
  ['SIGTERM', 'terminated'],
  ['SIGHUP', 'terminated'],
] as const)
  process.on(signal, () => {
    // The second one does not wait for what was on its way.
    if (stop.signal.aborted) process.exit(reason === 'terminated' ? 143 : 130)
    stop.abort(reason)
  })

async function openBackend(
  profile: EnvironmentProfile | null,
  needsSettings: boolean,
  proxy: ProfileProxy | undefined,
): Promise<Backend> {
  // How much may become old before V8 looks through all that is. Left to itself it decides by how long that took, and the peak
  // differs by 15 MB from one run to the next. At 40 % it looks three times in a sync of 5,000 files, at 150 % hardly more
  // than once, which saves a twentieth of the CPU and costs a tenth more memory. A V8 that does not know the flag says so and
  // goes on.
  process.getBuiltinModule('node:v8').setFlagsFromString('--heap-growing-percent=150')
  const userData = userDataDirectory([], process.env, process.platform)
  const settings = await createPrivateSettings(needsSettings ? userData : null)
  try {
    // Loaded now: help and wrong usage answer without it.
    const [{ createBackend }, { createMemoryKeychain }] = await Promise.all([
      import('../backend/create-backend.ts'),
      import('../keychain/memory-keychain.ts'),
    ])
    const backend = await createBackend({
      userDataDirectory: settings.directory,
      // Replaced in one step and made anew when damaged, so that the application may use it at the same time.
      syncIndexDirectory: join(userData, 'sync-index'),
      syncReleasesDirectory: join(userData, 'sync-releases'),
      changesDirectory: join(userData, 'changes'),
      syncLocksDirectory: join(userData, 'sync-locks'),
      // Appended to in one step: what one of the two does not see of the other's is at worst not ours any more.
      syncStateDirectory: join(userData, 'sync-state'),
      // A file for each process.
      begunUploadsDirectory: join(userData, 'begun-uploads'),
      // One list of links, wherever they were made; a line is appended in one step.
      linksDirectory: userData,
      // The application takes from there what a command saves.
      ...(needsSettings ? { importsDirectory: join(userData, 'imports') } : {}),
      // A file for each process, which a later one takes over when that has ended.
      transfersDirectory: join(userData, 'transfers'),
      host: 'cli',
      version: files.version,
      platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
      resourcesDirectory: files.resourcesDirectory,
      clipboard: null,
      dialogs: null,
      log,
      scrubbedVariables: variables,
      proxyVariables: proxyVariables(process.env),
      proxy,
      // Keys from the environment need no keychain, and a build machine has none.
      ...(profile === null ? {} : { environmentProfile: profile, keychain: createMemoryKeychain() }),
    })
    return {
      api: backend.api,
      async close() {
        try {
          await backend.close()
        } finally {
          await settings.remove()
        }
      },
    }
  } catch (error) {
    await settings.remove()
    throw error
  }
}

process.on('uncaughtException', (error) => log.error('An exception was not caught.', error))
process.on('unhandledRejection', (reason) => log.error('A rejection was not handled.', reason))

const code = await runCommandLine({
  argv: process.argv.slice(2),
  variables,
  // Made when somebody is asked, which is seldom.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  workingDirectory: process.cwd(),
  version: files.version,
  signal: stop.signal,
  openBackend,
  logError: (message, error) => log.error(message, error),
})
process.exit(code)
