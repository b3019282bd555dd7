import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WantedVisibility } from '../src-preload/contract/visibility.ts'
import type { Backend } from './backend/backend-parts.ts'
import { scrubEnvironment } from './backend/environment.ts'
import { valueOf } from './cli/command.ts'
import { createOutput } from './cli/output.ts'
import { counted, formatBytes } from './cli/plain-text.ts'
import { findProgramFiles } from './cli/program-files.ts'
import { runBatch } from './cli/transfer-batch.ts'
import { createFileLog } from './logging/file-log.ts'
import { createRedactor } from './logging/redact.ts'

/** `npm run demo`: the main job through the real backend, without any window. Ends with 1 when anything is not as said. */

scrubEnvironment(process.env)

// The report is for people; what libraries warn about is for the log.
const showLog = process.env['PAIL_LOG'] === 'debug'
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (showLog) process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

const bucket = 'demo-website'
const prefix = 'static/'
const stop = new AbortController()
process.on('SIGINT', () => stop.abort())
process.on('SIGTERM', () => stop.abort())

const say = (text: string) => void process.stdout.write(`${text}\n`)

/** Says what was found true; throws when it was not. */
function check(holds: boolean, text: string, otherwise: string): void {
  say(`  ${holds ? '✓' : '✗'} ${text}`)
  if (!holds) throw new Error(otherwise)
  if (stop.signal.aborted) throw new Error('Interrupted.')
}

/** Any HTTP client: it has neither keys nor anything of Pail's. */
async function fetchPlain(url: string) {
  const response = await fetch(url, { redirect: 'manual', signal: stop.signal })
  const body = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    cacheControl: response.headers.get('cache-control'),
    body,
  }
}

async function demo({ api }: Backend, folder: string): Promise<void> {
  const output = createOutput({ stdout: process.stdout, stderr: process.stderr, json: false, quiet: true })

  say('A local S3 server')
  const { profile, sampleSite } = valueOf(await api.startPlayground({}))
  const profileId = profile.id
  check(
    profile.endpoint !== null,
    `it listens at ${profile.endpoint}, on this computer only`,
    'It has no address.',
  )
  valueOf(await api.createBucket({ profileId, bucket, region: profile.region, access: 'per-object' }))
  const { buckets } = valueOf(await api.listBuckets({ profileId }))
  check(
    buckets.some(({ name }) => name === bucket),
    `the bucket “${bucket}” is there; each object in it can be public or private`,
    'The new bucket is not listed.',
  )

  const linkTo = async (key: string, kind: 'public' | 'presigned') =>
    valueOf(
      await api.createLink({
        profileId,
        bucket,
        key,
        kind,
        expiresInSeconds: 3600,
        downloadAs: null,
        baseUrl: null,
        copy: false,
      }),
    )

  say('\nPublishing a folder')
  const options = {
    cacheControl: 'max-age=86400',
    rules: [],
    exclude: [],
    removeRemoteOnly: false,
    removeForeign: false,
    manifestInBucket: false,
    maxDelete: null,
    visibility: 'public' as const,
    keepPrevious: false,
  }
  const planned = { profileId, bucket, prefix, folderId: sampleSite.folderId, options }
  const plan = valueOf(await api.planSync(planned))
  check(
    plan.counts.upload > 0,
    `the plan: ${counted(plan.counts.upload, 'new file')}, ${formatBytes(plan.counts.bytes)}`,
    'The sample site is empty.',
  )
  const { rows } = valueOf(
    await api.listPlanRows({ planId: plan.planId, offset: 0, limit: 3, filter: 'changes' }),
  )
  for (const row of rows) say(`      ${row.action} ${row.key} (${row.reason})`)
  if (plan.counts.upload > rows.length) say(`      and ${plan.counts.upload - rows.length} more`)
  const outcome = valueOf(
    await api.applySync({ planId: plan.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
  )
  for (const { key, message } of outcome.failed) say(`      ${key ?? ''}: ${message}`)
  check(
    outcome.failed.length === 0 && outcome.uploaded === plan.counts.upload,
    `${counted(outcome.uploaded, 'file')} uploaded`,
    'Not every file was uploaded.',
  )
  const { counts } = valueOf(await api.planSync(planned))
  check(
    counts.upload + counts.updateHeaders + counts.delete === 0 && counts.skip === plan.counts.upload,
    'a second plan is empty: what did not change is not sent again',
    `The second plan has ${counts.upload} uploads and ${counts.updateHeaders} header changes.`,
  )
  const page = await linkTo(`${prefix}index.html`, 'public')
  const index = await fetchPlain(page.url)
  check(
    index.status === 200 &&
      index.type === 'text/html; charset=utf-8' &&
      index.cacheControl === 'max-age=86400',
    `${page.url} answers 200 to everybody (${index.type}, ${index.cacheControl})`,
    `It answered ${index.status} (${index.type}, ${index.cacheControl}).`,
  )

  async function upload(name: string, text: string, visibility: WantedVisibility) {
    const path = join(folder, name)
    await writeFile(path, text)
    const { selectionId } = valueOf(await api.registerDrop({ sources: [{ path }] }))
    const { ended } = await runBatch({ api, output, signal: stop.signal }, 'Uploading', () =>
      api.startUpload({
        profileId,
        bucket,
        prefix: 'media/',
        selectionId,
        visibility,
        onConflict: 'keep-both',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
      }),
    )
    const [transfer] = ended
    check(
      transfer?.state === 'done',
      `${transfer?.key ?? name} uploaded`,
      transfer?.error?.message ?? 'The upload did not end well.',
    )
    return { key: transfer?.key ?? name, bytes: await readFile(path) }
  }
  say('\nA public file')
  const open = await upload('poster.txt', 'Everybody may read this.\n', 'public')
  const openLink = await linkTo(open.key, 'public')
  const openAnswer = await fetchPlain(openLink.url)
  check(
    openAnswer.status === 200 && openAnswer.body.equals(open.bytes),
    `${openLink.url} gives everybody its bytes`,
    `It answered ${openAnswer.status}.`,
  )

  say('\nA private file')
  const closed = await upload('invoice.txt', 'For one reader only.\n', 'private')
  const closedLink = await linkTo(closed.key, 'presigned')
  const closedAnswer = await fetchPlain(closedLink.url)
  check(
    closedAnswer.status === 200 && closedAnswer.body.equals(closed.bytes),
    `its link gives the bytes, until ${closedLink.endsAt}`,
    `The link answered ${closedAnswer.status}.`,
  )
  const bare = closedLink.url.replace(/\?.*$/, '')
  const refused = await fetchPlain(bare)
  check(
    refused.status === 403 && !refused.body.includes(closed.bytes),
    `${bare} without a signature answers 403`,
    `It answered ${refused.status} without a signature.`,
  )
}

async function main(): Promise<number> {
  const files = findProgramFiles(import.meta.url)
  const directory = await mkdtemp(join(tmpdir(), 'pail-demo-'))
  let backend: Backend | null = null
  try {
    const [{ createBackend }, { createMemoryKeychain }] = await Promise.all([
      import('./backend/create-backend.ts'),
      import('./keychain/memory-keychain.ts'),
    ])
    backend = await createBackend({
      userDataDirectory: join(directory, 'settings'),
      host: 'cli',
      version: files.version,
      platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
      resourcesDirectory: files.resourcesDirectory,
      clipboard: null,
      dialogs: null,
      log: createFileLog({
        directory: null,
        redactor: createRedactor(homedir()),
        level: 'debug',
        echo: showLog ? (line) => process.stderr.write(`${line}\n`) : null,
      }),
      keychain: createMemoryKeychain(),
    })
    const folder = join(directory, 'files')
    await mkdir(folder)
    await demo(backend, folder)
    say('\nEverything is as it should be.')
    return 0
  } catch (error) {
    say(`\n${error instanceof Error ? error.message : String(error)}`)
    if (showLog) console.error(error)
    return stop.signal.aborted ? 130 : 1
  } finally {
    await backend?.close()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

process.exit(await main())
