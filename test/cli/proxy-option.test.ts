import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ConnectProxy, startConnectProxy } from '../s3/connect-proxy.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'
import { createApiDouble } from './api-double.ts'
import { type Ended, pailOn, type runProgram } from './pail-process.ts'
import { runForTest } from './run-for-test.ts'

vi.setConfig({ testTimeout: 120_000 })

/** A name that only the proxy knows. */
const host = 's3.proxied.test'
const password = 'canary-proxy-password'

let place: PlaygroundForTest
let proxy: ConnectProxy
let directory: string
let pail: (args: readonly string[], more?: Parameters<typeof runProgram>[2]) => Promise<Ended>

beforeAll(async () => {
  place = await startPlaygroundForTest({ alsoNamed: host })
  proxy = await startConnectProxy()
  directory = await mkdtemp(join(tmpdir(), 'pail-proxy-'))
  const { accessKeyId, secretAccessKey } = await place.session.credentials()
  const endpoint = `http://${host}:${new URL(place.endpoint).port}`
  pail = pailOn({ endpoint, accessKeyId, secretAccessKey }, directory)
})
afterEach(() => {
  proxy.requests.length = 0
  delete proxy.faults.wants
})
afterAll(async () => {
  await proxy.close()
  await place.close()
  await rm(directory, { recursive: true, force: true })
})

describe('the proxy of a command', () => {
  test('is that of --proxy, with the password of PAIL_PROXY_PASSWORD, which is nowhere else', async () => {
    proxy.faults.wants = `jo:${password}`
    const through = ['--allow-http', '--proxy', proxy.origin.replace('//', '//jo@')]
    await writeFile(join(directory, 'index.html'), '<!doctype html>')
    const put = await pail(['put', 'index.html', `s3://${place.open}/`, ...through], {
      environment: { PAIL_PROXY_PASSWORD: password, PAIL_LOG: 'debug' },
    })
    expect(put).toMatchObject({ code: 0 })
    const wrong = await pail(['ls', `s3://${place.open}`, ...through], {
      environment: { PAIL_PROXY_PASSWORD: `${password}-not`, PAIL_LOG: 'debug' },
    })
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain(`The proxy ${proxy.origin}`)
    for (const text of [put.out, put.err, wrong.out, wrong.err, ...(await readdir(directory))]) {
      expect(text).not.toContain(password)
      expect(text).not.toContain(Buffer.from(`jo:${password}`).toString('base64'))
    }
  })

  test('is that of the environment unless --proxy says another one, or none', async () => {
    const environment = { http_proxy: proxy.origin }
    const ls = ['ls', `s3://${place.open}`, '--allow-http']
    expect((await pail(ls, { environment })).code).toBe(0)
    expect(proxy.requests.length).toBeGreaterThan(0)
    const none = await pail([...ls, '--proxy', 'none', '--json'], { environment })
    expect(JSON.parse(none.out)).toMatchObject({ error: { code: 'dns' } })
    const excluded = await pail([...ls, '--json'], {
      environment: { ...environment, NO_PROXY: 'proxied.test' },
    })
    expect(JSON.parse(excluded.out)).toMatchObject({ error: { code: 'dns' } })
  })
})

test.each([
  [`http://jo:${password}@proxy.example.org`, 'PAIL_PROXY_PASSWORD'],
  ['socks5://proxy.example.org', 'SOCKS'],
  [`https://jo:${password}@proxy.example.org/path`, 'Nothing stands behind'],
  ['no proxy', 'no address of a proxy'],
])('--proxy %s is wrong usage, and what it holds is not repeated', async (value, words) => {
  const { code, err } = await runForTest(['ls', 's3://bucket', '--proxy', value], createApiDouble({}))
  expect(code).toBe(2)
  expect(err).toContain(words)
  expect(err).not.toContain(password)
})
