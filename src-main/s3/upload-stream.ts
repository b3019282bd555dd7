import type { Readable } from 'node:stream'
import { maxParts } from './e-tag.ts'
import { withFailures } from './map-error.ts'
import { putObjectBytes } from './put-object.ts'
import type { S3Session } from './s3-session.ts'
import type { Part, PartFeed, PartsTarget } from './upload-parts.ts'
import { tooManyParts, uploadParts } from './upload-parts.ts'
import type { WrittenObject } from './written-object.ts'

/** In bytes: with 10,000 parts, streams of up to 156 GiB. */
const streamPartBytes = 16 * 1024 * 1024

/**
 * Stores what a stream of unknown length gives, in parts of 16 MiB, two at once; memory is bounded by that. A stream
 * that fails stores nothing. Throws Failures.
 */
export function uploadStream(
  session: S3Session,
  options: PartsTarget & { readonly body: Readable; readonly partSizeBytes?: number },
): Promise<WrittenObject & { sizeBytes: number }> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    let sizeBytes = 0
    const feed = streamFeed(options.body, options.partSizeBytes ?? streamPartBytes, (bytes) => {
      sizeBytes += bytes
    })
    try {
      const first = await feed.take(0)
      // What fits into one part needs no upload in parts.
      if (first !== null && sizeBytes < (options.partSizeBytes ?? streamPartBytes)) {
        return { ...(await putObjectBytes(session, options, first.bytes)), sizeBytes }
      }
      const written = await uploadParts(session, options, startingWith(first, feed), 2)
      return { ...written, sizeBytes }
    } finally {
      options.body.destroy()
    }
  })
}

function startingWith(first: Part | null, feed: PartFeed): PartFeed {
  let waiting = first
  return {
    take(lane) {
      const part = waiting
      waiting = null
      return part === null ? feed.take(lane) : Promise.resolve(part)
    },
    confirm: () => feed.confirm(),
  }
}

function streamFeed(body: Readable, partSize: number, count: (bytes: number) => void): PartFeed {
  const chunks: AsyncIterator<unknown> = body[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  let number = 0
  let ended = false
  // One lane at a time reads: the order of the bytes is the order of the parts.
  let turn: Promise<unknown> = Promise.resolve()

  async function read(): Promise<Part | null> {
    if (ended) return null
    const buffer = Buffer.allocUnsafeSlow(partSize)
    let filled = 0
    for (;;) {
      const taken = rest.subarray(0, partSize - filled)
      buffer.set(taken, filled)
      filled += taken.byteLength
      rest = rest.subarray(taken.byteLength)
      if (filled === partSize) break
      const chunk = await chunks.next()
      if (chunk.done === true) {
        ended = true
        break
      }
      rest = typeof chunk.value === 'string' ? Buffer.from(chunk.value) : (chunk.value as Uint8Array)
    }
    // An empty stream is one empty part, not none.
    if (filled === 0 && number > 0) return null
    if (++number > maxParts) throw tooManyParts()
    count(filled)
    return { number, bytes: buffer.subarray(0, filled) }
  }

  return {
    take() {
      const mine = turn.then(read)
      turn = mine.catch(() => undefined)
      return mine
    },
    confirm: () => Promise.resolve(),
  }
}
