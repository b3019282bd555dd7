import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createBackend } from './backend/create-backend.ts'
import { createDispatch, subscribeToEvents } from './backend/dispatch.ts'
import { proxyVariables, scrubEnvironment, userDataDirectory } from './backend/environment.ts'
import { createEventStream } from './browser/event-stream.ts'
import { startHttpHost } from './browser/http-host.ts'
import { createUploads } from './browser/uploads.ts'
import { createFileLog } from './logging/file-log.ts'
import { guardProcess, redactConsole } from './logging/guard-process.ts'
import { createRedactor } from './logging/redact.ts'

/** Composition root where Electron cannot be had: the same screens and backend, served to a browser of this computer. */

const scrubbedVariables = scrubEnvironment(process.env)

const root = fileURLToPath(new URL('../..', import.meta.url))
const userData = userDataDirectory(process.argv, process.env, process.platform)
const redactor = createRedactor(homedir())
redactConsole(console, redactor)
const log = createFileLog({ directory: join(userData, 'logs'), redactor, level: 'info', echo: null })
guardProcess(process, log, () =>
  process.stderr.write('Something went wrong inside Pail. The log has the details.\n'),
)

/** Ending waits this long for the backend, and no longer. */
const closeWaitMilliseconds = 5000

async function start(): Promise<void> {
  const portArgument = process.argv
    .find((argument) => argument.startsWith('--port='))
    ?.slice('--port='.length)
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const events = createEventStream()
  const uploads = await createUploads()
  process.once('exit', uploads.removeAll)
  const backend = await createBackend({
    userDataDirectory: userData,
    host: 'browser',
    version: manifest.version,
    platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
    resourcesDirectory: join(root, 'resources'),
    clipboard: events.clipboard,
    dialogs: null,
    log,
    scrubbedVariables,
    proxyVariables: proxyVariables(process.env),
  })
  subscribeToEvents(backend.api, { log }, (name, event) => events.send(name, event))
  const host = await startHttpHost({
    pageDirectory: join(root, 'out', 'renderer'),
    bridgeScript: await readFile(join(root, 'resources', 'browser-bridge.js'), 'utf8'),
    dispatch: createDispatch(backend.api, { log }),
    uploads,
    events,
    log,
    port: Number(portArgument ?? 0),
  })

  let closing = false
  async function close(): Promise<void> {
    // Asked twice: the person does not want to wait.
    if (closing) process.exit(130)
    closing = true
    await host.close()
    await Promise.race([backend.close(), delay(closeWaitMilliseconds)])
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      void close().catch((error: unknown) => {
        log.error('The backend did not close cleanly.', error)
        process.exit(1)
      })
    })
  }
  process.stdout.write(`Open Pail in a browser on this computer; the address works once:\n${host.address}\n`)
}

start().catch((error: unknown) => {
  log.error('The browser host did not start.', error)
  const code = (error as NodeJS.ErrnoException).code
  process.stderr.write(
    `Pail could not start${code === undefined ? '' : ` (${code})`}. The log has the details.\n`,
  )
  process.exitCode = 1
})
