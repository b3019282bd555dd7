import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BigIntStats } from 'node:fs'
import { openHashIndex } from '../../src-main/sync/hash-index.ts'
import { openHeadMemory } from '../../src-main/sync/head-memory.ts'
import { openRoot } from '../../src-main/sync/local-files.ts'
import { openOwnership } from '../../src-main/sync/ownership.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import type { TreeFileSystem } from '../../src-main/transfers/local-tree.ts'
import { startNullServer } from '../bench/start-null-server.ts'
import { testSession } from '../s3/scripted-server.ts'
import { usualOptions } from './sync-fixture.ts'

/**
 * A program of its own, run with `--expose-gc`: plans syncs of a folder that only seems to be there, with as many files as
 * each argument says, and writes as JSON what a plan has in memory for each of them.
 */

const filesPerFolder = 100
const sizeBytes = 1234
/** As the null server has them of what it was filled with: the MD5 of nothing. */
const eTag = 'd41d8cd98f00b204e9800998ecf8427e'
const prefix = 'site/'
const folderOf = (index: number) =>
  `section-${Math.floor(index / filesPerFolder)
    .toString()
    .padStart(5, '0')}`
const nameOf = (index: number) => `${folderOf(index)}/page-with-a-usual-name-${index}.html`

const identityOf = (ino: number) => ({
  dev: 1n,
  ino: BigInt(ino),
  sizeBytes,
  mtimeNs: 10n ** 18n,
  ctimeNs: 10n ** 18n,
})

function statsOf(ino: number, isFolder: boolean): BigIntStats {
  const { dev, mtimeNs, ctimeNs } = identityOf(ino)
  return {
    dev,
    ino: BigInt(ino),
    size: BigInt(sizeBytes),
    mtimeNs,
    ctimeNs,
    isFile: () => !isFolder,
    isDirectory: () => isFolder,
    isSymbolicLink: () => false,
  } as unknown as BigIntStats
}

/** A file system of which only names and sizes are there; `hears` hears of each file that is looked at. */
function seeming(files: number, hears: () => void): TreeFileSystem {
  const numbers = (length: number) => Array.from({ length }, (_, index) => index)
  return {
    readdir(path) {
      const section = /section-(\d+)$/.exec(path)?.[1]
      if (section === undefined)
        return numbers(files / filesPerFolder).map((at) => folderOf(at * filesPerFolder))
      const first = Number(section) * filesPerFolder
      return numbers(filesPerFolder).map((at) => nameOf(first + at).slice(folderOf(0).length + 1))
    },
    lstat(path) {
      const page = /-(\d+)\.html$/.exec(String(path))?.[1]
      if (page !== undefined) hears()
      return page === undefined ? statsOf(1, true) : statsOf(Number(page) + 1000, false)
    },
  }
}

const server = await startNullServer(0)
const scratch = await mkdtemp(join(tmpdir(), 'pail-memory-'))

/** Fills what syncs remember as a sync of all files would have. */
async function remember(directory: string, bucket: string, files: number): Promise<void> {
  const { path } = await openRoot(scratch)
  const hashes = openHashIndex(directory, path)
  const heads = openHeadMemory(directory, session.service, session.region, bucket, prefix)
  const owned = await openOwnership(directory, { service: session.service, bucket, prefix })
  for (let index = 0; index < files; index++) {
    const written = { md5: eTag, parts: null, multipart: new Set<string>() }
    hashes.note(nameOf(index), identityOf(index + 1000), written, Date.now())
    const key = prefix + nameOf(index)
    const head = {
      sizeBytes,
      eTag: `"${eTag}"`,
      contentType: 'text/html; charset=utf-8',
      cacheControl: usualOptions.cacheControl,
      contentEncoding: null,
      contentDisposition: null,
      contentLanguage: null,
      metadata: {},
      serverSideEncryption: null,
    }
    heads.noteWritten(key, head, [{ fromMs: 0, toMs: 10 ** 15 }], 'private')
    owned.wrote(key, eTag)
  }
  if (!(await hashes.save()) || !(await heads.save(false)) || !(await owned.save()))
    throw new Error('What was to be remembered could not be written.')
}

const session = testSession(server.endpoint)

/** What is really in memory, in bytes. */
async function inMemory(): Promise<{ heap: number; outside: number }> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, outside: external }
}

/**
 * Plans once; answers what the plan has of each action, what is in memory as long as it is kept, and the most that is
 * really in memory while it is made.
 */
async function planned(bucket: string, directory: string, files: number) {
  const before = await inMemory()
  let most = 0
  let seen = 0
  // Each look takes as long as a hundred files. How often progress is told depends on the machine.
  const look = () => {
    if (++seen % Math.floor(files / 12) !== 0) return
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    most = Math.max(most, heapUsed + external)
  }
  const plan = await planSync(session, {
    folder: scratch,
    bucket,
    prefix,
    options: usualOptions,
    indexDirectory: directory,
    stateDirectory: directory,
    fileSystem: seeming(files, look),
    reader: {
      canRead: () => true,
      hash: () => Promise.reject(new Error('A file was read that is known.')),
    },
  })
  const after = await inMemory()
  return {
    counts: plan.counts,
    heap: after.heap - before.heap,
    outside: after.outside - before.outside,
    most: most - before.heap - before.outside,
  }
}

try {
  const found = []
  // The first is not told: code is made while it runs.
  for (const files of [1000, ...process.argv.slice(2).map(Number)]) {
    const directory = join(scratch, `memory-${files}`)
    await server.fill(
      `full-${files}`,
      Array.from({ length: files }, (_, index) => [prefix + nameOf(index), sizeBytes] as const),
    )
    await remember(directory, `full-${files}`, files)
    const cold = await planned(`empty-${files}`, join(scratch, `nothing-${files}`), files)
    const again = await planned(`full-${files}`, directory, files)
    found.push({ files, cold, again })
  }
  process.stdout.write(JSON.stringify(found.slice(1)))
} finally {
  server.stop()
  session.destroy()
  await rm(scratch, { recursive: true, force: true })
}
