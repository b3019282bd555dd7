import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createLinkLedger } from '../../src-main/links/ledger.ts'
import { type Bandwidth, createBandwidth } from '../../src-main/s3/bandwidth.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { openCompressedIndex } from '../../src-main/sync/compressed-index.ts'
import { findNameTrouble } from '../../src-main/sync/name-trouble.ts'
import { openOwnership } from '../../src-main/sync/ownership.ts'
import { spoolsIn } from '../../src-main/tables/spool.ts'
import { testSession } from '../s3/scripted-server.ts'

/**
 * A program of its own, run with `--expose-gc`: does one thing of a sync with as many names as each further argument says,
 * and writes as JSON the most bytes that were really in memory while it did, and what came of it.
 */

const prefix = 'site/'
const eTag = 'd41d8cd98f00b204e9800998ecf8427e'
/** In the order of keys, in folders of a hundred. */
const nameOf = (at: number) =>
  `section-${String(at).padStart(7, '0').slice(0, 5)}/page-with-a-usual-name-${String(at).padStart(7, '0')}.html`
const facts = { sizeBytes: 900, md5: eTag }
const identityOf = (at: number) => ({
  dev: 1n,
  ino: BigInt(at),
  sizeBytes: 1234,
  mtimeNs: 10n ** 18n,
  ctimeNs: 10n ** 18n,
})

/** A thread of its own, whose memory is not this one's: a bucket with a manifest of so many keys, which takes another. */
function serveManifest(files: number): void {
  const server = createServer((request, response) => {
    if (request.method === 'PUT') {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
      request.on('end', () => {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread's port, not a window
        parentPort?.postMessage({ bytes })
        response.writeHead(200, { ETag: '"written"' }).end()
      })
      return
    }
    const lines: string[] = []
    for (let at = 0; at < files; at++) lines.push(JSON.stringify([prefix + nameOf(at * 2), eTag]))
    const body = `{"pailSync":1,"prefix":"${prefix}","objects":[\n${lines.join(',\n')}\n]}\n`
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(body), ETag: '"read"' }).end(body)
  })
  server.listen(0, '127.0.0.1', () =>
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- as above
    parentPort?.postMessage({ port: (server.address() as AddressInfo).port }),
  )
}

let most = 0
let looks = 0
/** Looks what is really in memory, every so often. */
function look(every: number): undefined {
  if (looks++ % every !== 0) return
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  most = Math.max(most, heapUsed + external)
}

const iterated = (files: number, nameAt: (at: number) => string): Iterable<string> => ({
  *[Symbol.iterator]() {
    for (let at = 0; at < files; at++) {
      look(files / 10)
      yield nameAt(at)
    }
  },
})

type Told = Record<string, unknown>
const doing: Record<string, (files: number, directory: string) => Promise<Told>> = {
  /** Another computer's list is read, everything is listed, half as much is added, and it is written again. */
  async manifest(files, directory) {
    const worker = new Worker(new URL(import.meta.url), { workerData: files })
    const told = { port: 0, bytes: 0 }
    const heard = new Promise<void>((resolve) =>
      worker.on('message', (message: Partial<typeof told>) => {
        Object.assign(told, message)
        resolve()
      }),
    )
    await heard
    const session = testSession(`http://127.0.0.1:${told.port}`)
    const bandwidth: Bandwidth = { ...createBandwidth(), take: () => look(4) }
    const watched = Object.create(session, { bandwidth: { value: bandwidth } }) as S3Session
    const place = { service: session.service, bucket: 'bucket', prefix }
    const owned = await openOwnership(directory, place, { session: watched })
    let ours = 0
    for (let at = 0; at < files * 2; at += 2) {
      look(files / 10)
      const key = prefix + nameOf(at)
      owned.listed(key, `"${eTag}"`)
      if (owned.ownerOf(key, `"${eTag}"`) === 'ours') ours++
    }
    owned.listedAll()
    for (let at = 1; at < files; at += 2) {
      look(files / 10)
      owned.wrote(prefix + nameOf(at), eTag)
    }
    await owned.save()
    await owned.publish(watched)
    look(1)
    session.destroy()
    await worker.terminate()
    return { ours, notices: owned.notices.length, bytes: told.bytes }
  },
  /** Each name is trouble: with upper case, of which every other has a twin, and with a plus. */
  async names(files, directory) {
    const names = iterated(files, (at) => {
      const name = nameOf(at >>> 1)
      return at % 2 === 0 ? name.replace('page', 'Page+') : name.replace('page', 'page+')
    })
    const found = findNameTrouble(names, names, spoolsIn(directory))
    return Object.fromEntries(found.map(({ kind, count }) => [kind, count]))
  },
  /** All files were compressed before. */
  async compressed(files, directory) {
    const index = openCompressedIndex(directory, '/folder')
    for (let at = 0; at < files; at++) {
      look(files / 10)
      for (const coding of ['br', 'gzip'] as const)
        index.note(nameOf(at), identityOf(at), coding, facts, Date.now())
    }
    await index.save()
    const again = openCompressedIndex(directory, '/folder')
    let known = 0
    for (let at = 0; at < files; at++) {
      look(files / 10)
      again.seen(nameOf(at))
      for (const coding of ['br', 'gzip'] as const)
        if (again.find(nameOf(at), identityOf(at), coding)?.sizeBytes === facts.sizeBytes) known++
    }
    again.forgetUnseen()
    await again.save()
    return { known }
  },
  /** Everything was sent anew, and one of the objects has a link. */
  async links(files, directory) {
    const ledger = createLinkLedger(join(directory, 'links.jsonl'))
    const place = { profileId: 'p1', service: 'http://localhost', bucket: 'bucket' }
    await ledger.add([
      {
        ...place,
        kind: 'presigned',
        key: nameOf(Math.floor(files / 2)),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        note: '',
      } as unknown as Parameters<typeof ledger.add>[0][number],
    ])
    return { revoked: await ledger.revoke(place, iterated(files, nameOf), null) }
  },
}

if (isMainThread) {
  const [what = '', ...sizes] = process.argv.slice(2)
  const found = []
  // The first is not told: code is made while it runs.
  for (const files of [1000, ...sizes.map(Number)]) {
    const directory = await mkdtemp(join(tmpdir(), 'pail-many-'))
    try {
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      most = 0
      looks = 0
      const told = await doing[what]?.(files, directory)
      found.push({ files, told, most: most - heapUsed - external })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
  process.stdout.write(JSON.stringify(found.slice(1)))
} else serveManifest(workerData as number)
