import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ScriptedServer, startScriptedServer } from '../s3/scripted-server.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'

let pail: RunningCommandLine
let cdn: ScriptedServer | null = null
beforeEach(async () => {
  pail = await startCommandLine()
})
afterEach(async () => {
  await cdn?.close()
  cdn = null
  await pail.close()
})

const sync = (...more: string[]) => pail.run(['sync', pail.folder, `s3://${pail.bucket}/static`, ...more])

describe('pail sync --receipt', () => {
  test('asks the bucket for what changed: all is well, one line says so, 0', async () => {
    await pail.write({ 'index.html': '<!doctype html>', 'a.css': 'a' })
    const ran = await sync('--public', '--receipt')
    expect(ran.code).toBe(0)
    expect(ran.err).toContain(
      `Receipt: 2 URLs below ${pail.endpoint}/${pail.bucket}, all as they should be.\n`,
    )
    expect(ran.err).not.toContain('pail:')
    const again = await sync('--public', '--receipt')
    expect(again.err).toContain('Receipt: nothing to look at.')
  })

  test('what visitors are refused is named, and ends with 1', async () => {
    await pail.write({ 'a b.css': 'a' })
    const ran = await sync('--receipt', '--quiet')
    expect(ran.code).toBe(1)
    expect(ran.err).toBe(
      `pail: ${pail.endpoint}/${pail.bucket}/static/a%20b.css: in the bucket, but visitors are refused (status 403) [not-public]\n`,
    )
  })

  test('what was said to be private has to be refused', async () => {
    await pail.write({ 'a.css': 'a' })
    expect((await sync('--receipt', '--private')).code).toBe(0)
  })

  test('--base-url, --strip-prefix and --page-origin say where visitors look, and --json has the receipt', async () => {
    await pail.write({ 'a.css': 'a', 'b.woff2': 'b', 'c.js': 'c' })
    cdn = await startScriptedServer(({ url }, response) => {
      const type = { '/a.css': 'text/plain', '/b.woff2': 'font/woff2' }[url]
      if (type === undefined) response.writeHead(302, { location: 'https://other.example.org/c.js' }).end()
      else response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=86400' }).end()
    })
    const where = [
      '--base-url',
      cdn.endpoint,
      '--strip-prefix',
      '--page-origin',
      'https://www.example.org/page',
    ]
    const ran = await sync('--receipt', ...where, '--json')
    expect(ran.code).toBe(1)
    expect(ran.err).toContain(
      `/a.css: not the type that was sent (Content-Type is text/plain, not text/css; charset=utf-8) [wrong-type]`,
    )
    expect(ran.err).toContain('[no-cors]')
    expect(ran.err).toContain('visitors are sent elsewhere (status 302; to https://other.example.org/c.js)')
    expect(ran.err).toContain(`Receipt: 3 of 3 URLs below ${cdn.endpoint} not as they should be.`)
    const { uploaded, failed, receipt } = JSON.parse(ran.out)
    expect({ uploaded, failed }).toEqual({ uploaded: 3, failed: [] })
    expect(receipt).toMatchObject({ baseUrl: cdn.endpoint, pageOrigin: 'https://www.example.org' })
    expect(receipt.rows.map(({ code }: { code: string }) => code)).toEqual([
      'wrong-type',
      'redirected',
      'no-cors',
    ])
  })

  test('what was removed and is still served is named', async () => {
    cdn = await startScriptedServer((_, response) =>
      response
        .writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=86400' })
        .end(),
    )
    await pail.write({ 'a.css': 'a', 'b.css': 'b', 'c.css': 'c' })
    await sync('--public')
    await rm(join(pail.folder, 'b.css'))
    const ran = await sync('--public', '--delete', '--yes', '--receipt', '--base-url', cdn.endpoint)
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('removed, but visitors still get it')])
  })

  test('Ctrl+C ends it with 130, and what was done is told', async () => {
    await pail.write({ 'a.css': 'a' })
    const stop = new AbortController()
    cdn = await startScriptedServer(() => stop.abort('interrupted'))
    const ran = await pail.run(
      ['sync', pail.folder, `s3://${pail.bucket}/x`, '--receipt', '--base-url', cdn.endpoint, '--json'],
      { signal: stop.signal },
    )
    expect(ran.code).toBe(130)
    expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 1 })
    expect(JSON.parse(ran.out).receipt).toBeUndefined()
  })

  test('a dry run asks nobody', async () => {
    await pail.write({ 'a.css': 'a' })
    cdn = await startScriptedServer((_, response) => response.writeHead(200).end())
    expect((await sync('--dry-run', '--receipt', '--base-url', cdn.endpoint)).code).toBe(0)
    expect(cdn.requests).toEqual([])
  })

  test.each([
    [['--base-url', 'https://a.example.org'], '--base-url is for --receipt'],
    [['--page-origin', 'https://a.example.org'], '--page-origin is for --receipt'],
    [['--receipt', '--base-url', 'a.example.org'], '--base-url takes an address'],
    [['--receipt', '--base-url', 'https://me@a.example.org'], '--base-url takes an address'],
    [['--receipt', '--page-origin', 'file:///a'], '--page-origin takes an address'],
  ])('%j is wrong usage', async (more, words) => {
    const ran = await sync(...more)
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(words)
  })
})
