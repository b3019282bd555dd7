import { createHash, randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, it, vi } from 'vitest'
import { digestAside, giveShareableBack, shareableBuffer } from '../../src-main/s3/digest-aside.ts'

const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const filled = (sizeBytes: number) => {
  const buffer = shareableBuffer(sizeBytes)
  randomBytes(sizeBytes).copy(buffer)
  return buffer
}

it('the MD5 of short and long bytes, of parts of them and of many at once', async () => {
  const long = filled(3 * 1024 * 1024)
  expect(long.buffer).toBeInstanceOf(SharedArrayBuffer)
  const all = [filled(0), filled(1), long, long.subarray(1000, 2 * 1024 * 1024), randomBytes(2 * 1024 * 1024)]
  const told = await Promise.all([...all, ...all].map((bytes) => digestAside('md5', bytes)))
  expect(told.map((md5) => md5.toString('hex'))).toEqual([...all, ...all].map(md5Of))
})

it('this thread goes on with its own work meanwhile', async () => {
  const long = filled(64 * 1024 * 1024)
  const answer = { isThere: false }
  let turns = 0
  const asked = digestAside('md5', long).finally(() => (answer.isThere = true))
  while (!answer.isThere) {
    turns++
    await nextTurn()
  }
  expect((await asked).toString('hex')).toBe(md5Of(long))
  expect(turns).toBeGreaterThan(100)
})

it('the answer comes all the same when the thread is gone', async () => {
  const long = filled(16 * 1024 * 1024)
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  const asked = digestAside('md5', long)
  await (posted.mock.contexts[0] as unknown as Worker).terminate()
  expect((await asked).toString('hex')).toBe(md5Of(long))
  expect((await digestAside('md5', long)).toString('hex')).toBe(md5Of(long))
  expect(posted).toHaveBeenCalledTimes(2)
  posted.mockRestore()
})

it('what was given back is used again by what has about its size, and one of another size is not', () => {
  const mib = 1024 * 1024
  const first = shareableBuffer(3 * mib - 5)
  const memory = first.buffer
  giveShareableBack(first)
  giveShareableBack(first)
  expect(shareableBuffer(2 * mib).buffer).not.toBe(memory)
  const second = shareableBuffer(3 * mib)
  expect(second.buffer).toBe(memory)
  expect(second.byteLength).toBe(3 * mib)
  // It was taken, and given once.
  expect(shareableBuffer(3 * mib).buffer).not.toBe(memory)
})
