import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src-preload/contract/failure.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { createOutput } from '../../src-main/cli/output.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

/** A stdout whose reader leaves after the first write, or whose disk is full. */
function breaking(code: string) {
  let writes = 0
  return new Writable({
    autoDestroy: false,
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      writes += 1
      done(writes > 1 ? Object.assign(new Error(code), { code }) : null)
    },
  })
}

describe('stdout', () => {
  test('whose reader left is not a crash: what is left is dropped', async () => {
    const output = createOutput({
      stdout: breaking('EPIPE'),
      stderr: new PassThrough(),
      json: false,
      quiet: false,
    })
    for (let index = 0; index < 5; index += 1) await output.line('x')
    await output.flush()
    expect(output.closed()).toBe(true)
  })

  test('that cannot be written fails the command', async () => {
    const output = createOutput({
      stdout: breaking('ENOSPC'),
      stderr: new PassThrough(),
      json: false,
      quiet: false,
    })
    const writing = (async () => {
      for (let index = 0; index < 5; index += 1) await output.line('x')
    })()
    await expect(writing).rejects.toThrow(Failure)
    // Once: it is not told again at the end.
    await output.flush()
  })

  test('a listing stops when nobody reads any more', async () => {
    let pages = 0
    const double = createApiDouble({
      listObjects: () => {
        pages += 1
        return ok({
          folders: [],
          objects: [{ key: 'k', sizeBytes: 1, lastModified: null, eTag: null, storageClass: null }],
          continuationToken: pages < 1000 ? String(pages) : null,
        })
      },
    })
    const ran = await runForTest(['ls', 's3://bucket'], double, { stdout: breaking('EPIPE') as PassThrough })
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(pages).toBeLessThan(10)
  })

  test('waits for a slow reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 4 })
    const output = createOutput({ stdout, stderr: new PassThrough(), json: false, quiet: false })
    let written = false
    const writing = output.line('much more than four').then(() => {
      written = true
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(written).toBe(false)
    stdout.resume()
    await writing
    expect(written).toBe(true)
  })

  test('with --json holds one document and no lines', async () => {
    const stdout = new PassThrough()
    const output = createOutput({ stdout, stderr: new PassThrough(), json: true, quiet: false })
    await output.line('a line')
    await output.document({ a: 1 })
    await output.document({ a: 2 })
    expect(JSON.parse(String(stdout.read()))).toEqual({ a: 1 })
  })
})
