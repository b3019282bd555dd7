import { createHash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'

/** Shorter bytes are hashed faster than they are handed over. */
const worthwhileBytes = 1024 * 1024

/** A thread that nobody asks is ended after this time, in milliseconds. */
const idleMs = 10_000

/** What the thread does. It stands here as text because it has to be found from every bundle and from the sources. */
const program = `
const { createHash } = require('node:crypto')
const { parentPort } = require('node:worker_threads')
parentPort.on('message', ([id, name, bytes]) =>
  parentPort.postMessage([id, createHash(name).update(bytes).digest('hex')]))
`

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, { resolve(digest: Buffer): void; reject(error: Error): void }>
}

let thread: Thread | null = null
let idle: NodeJS.Timeout | null = null
let asked = 0

/** Memory of buffers that were given back, kept for the next ones: what two threads have seen is freed late. */
const free: SharedArrayBuffer[] = []

/** So much is kept, in bytes. */
const mostKeptBytes = 64 * 1024 * 1024

/** Memory comes in multiples of this, in bytes, so that files of about one size share it. */
const granuleBytes = 1024 * 1024

/** A buffer that another thread can read without a copy, with anything in it; a short one is like any other. */
export function shareableBuffer(sizeBytes: number): Buffer {
  if (sizeBytes < worthwhileBytes) return Buffer.allocUnsafe(sizeBytes)
  const wanted = Math.ceil(sizeBytes / granuleBytes) * granuleBytes
  const at = free.findIndex(({ byteLength }) => byteLength === wanted)
  const [kept] = at === -1 ? [] : free.splice(at, 1)
  return Buffer.from(kept ?? new SharedArrayBuffer(wanted), 0, sizeBytes)
}

/** Takes a {@link shareableBuffer} back that nobody will read or hash any more: not even a socket that was given up. */
export function giveShareableBack(buffer: Uint8Array): void {
  const memory = buffer.buffer
  if (!(memory instanceof SharedArrayBuffer) || free.includes(memory)) return
  free.push(memory)
  // The ones that were not wanted for longest go.
  let kept = free.reduce((sum, { byteLength }) => sum + byteLength, 0)
  while (kept > mostKeptBytes) kept -= free.shift()?.byteLength ?? kept
}

/** The digests that cost more than sending what they are of. */
export type DearDigest = 'md5' | 'sha256'

/**
 * A digest of bytes that hold still until it is there: of a {@link shareableBuffer} by a thread of its own, because a
 * large upload would wait for it; of anything else, and where there are no threads, here. Never rejects.
 */
export async function digestAside(name: DearDigest, bytes: Uint8Array): Promise<Buffer> {
  if (bytes.byteLength < worthwhileBytes || !(bytes.buffer instanceof SharedArrayBuffer))
    return digestOf(name, bytes)
  try {
    return await ask((thread ??= begin()), name, bytes)
  } catch {
    return digestOf(name, bytes)
  }
}

const digestOf = (name: DearDigest, bytes: Uint8Array) => createHash(name).update(bytes).digest()

function begin(): Thread {
  // Not imported: few commands come to it.
  const threads = process.getBuiltinModule('node:worker_threads')
  const worker = new threads.Worker(program, { eval: true, stdin: false, env: {}, execArgv: [] })
  const begun: Thread = { worker, waiting: new Map() }
  worker.unref()
  worker.on('message', ([id, digest]: [number, string]) => {
    begun.waiting.get(id)?.resolve(Buffer.from(digest, 'hex'))
    begun.waiting.delete(id)
    if (begun.waiting.size === 0) rest(begun)
  })
  const end = (error: Error) => {
    if (thread === begun) thread = null
    for (const { reject } of begun.waiting.values()) reject(error)
    begun.waiting.clear()
  }
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the thread has ended')))
  return begun
}

function ask({ worker, waiting }: Thread, name: DearDigest, bytes: Uint8Array): Promise<Buffer> {
  if (idle !== null) clearTimeout(idle)
  // Whoever waits for an answer keeps the process.
  worker.ref()
  const id = asked++
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, a window would
    worker.postMessage([id, name, bytes])
  })
}

function rest(resting: Thread): void {
  resting.worker.unref()
  idle = setTimeout(() => {
    if (resting.waiting.size > 0 || thread !== resting) return
    thread = null
    void resting.worker.terminate()
  }, idleMs)
  idle.unref()
}
