import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeDetails, describeError } from '../../src-main/logging/describe-error.ts'
import type { FileLogOptions } from '../../src-main/logging/file-log.ts'
import { createFileLog } from '../../src-main/logging/file-log.ts'
import { guardProcess, redactConsole } from '../../src-main/logging/guard-process.ts'
import { createRedactor } from '../../src-main/logging/redact.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { createLogDouble } from '../log-double.ts'

const canary = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99'

/** An SDK error as measured: the signed request and the response hang on hidden fields. */
function sdkError(): Error {
  const error = Object.assign(new Error(`Access denied for ${canary}`), {
    name: 'AccessDenied',
    Code: 'AccessDenied',
    $fault: 'client',
    $metadata: {
      httpStatusCode: 403,
      requestId: 'REQ1',
      extendedRequestId: 'HOST1',
      attempts: 3,
      totalRetryDelay: 9,
    },
    RequestId: 'REQ1',
    headers: { authorization: canary },
  })
  Object.defineProperty(error, '$response', {
    enumerable: false,
    value: {
      headers: { 'x-amz-security-token': canary },
      body: { req: { _header: `Authorization: ${canary}` } },
    },
  })
  return error
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pail-log-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(options: Partial<FileLogOptions> = {}) {
  const echoed: string[] = []
  const log = createFileLog({
    directory,
    redactor: createRedactor('/home/ann'),
    level: 'debug',
    echo: (line) => echoed.push(line),
    now: () => new Date('2026-01-02T03:04:05Z'),
    ...options,
  })
  const read = (name = 'pail.log') => readFileSync(join(directory, name), 'utf8')
  return { log, echoed, read }
}

describe('S24 errors', () => {
  test('an SDK error is written by the allowlist and nothing else', () => {
    const described = describeError(sdkError(), createRedactor(null))
    const { stack, ...rest } = described
    expect(rest).toEqual({
      name: 'AccessDenied',
      code: 'AccessDenied',
      status: 403,
      requestId: 'REQ1',
      attempts: 3,
    })
    expect(stack?.[0]).toMatch(/^at /)
    expect(inspect(described, { depth: Infinity, showHidden: true })).not.toContain(canary)
  })

  test.each([
    ['itself', () => sdkError()],
    ['a cause', () => new Error('x', { cause: sdkError() })],
    ['a Failure’s hidden cause', () => failure('access-denied', 'No.', { cause: sdkError() })],
    ['a field', () => ({ op: 'list', error: sdkError() })],
    ['deep in a list', () => [{ a: [{ b: sdkError() }] }]],
    ['an aggregate', () => new AggregateError([sdkError()], 'several')],
    ['JSON text', () => new SyntaxError(`Unexpected token in "${canary}"`)],
    [
      'a plain object',
      () => ({ secretAccessKey: canary, headers: { Authorization: canary, cookie: canary } }),
    ],
    [
      'an object of a class',
      () =>
        new (class Client {
          config = canary
        })(),
    ],
    ['a Map', () => new Map([['secret', canary]])],
    ['thrown text by name', () => `secretAccessKey=${canary}`],
  ])('as %s, nothing of it reaches the file or stderr', (_where, details) => {
    const { log, echoed, read } = open()
    log.error('It failed.', details())
    log.close()
    expect(read()).not.toContain(canary)
    expect(echoed.join()).not.toContain(canary)
    expect(read()).toContain('It failed.')
  })

  test('a bug of ours keeps its message and where it was thrown, through the redactor', () => {
    const described = describeError(
      new TypeError('x.y is not a function in /home/ann/a'),
      createRedactor('/home/ann'),
    )
    expect(described).toMatchObject({ name: 'TypeError', message: 'x.y is not a function in ~/a' })
    expect(described.stack?.length).toBeGreaterThan(0)
  })

  test('hostile errors harm nobody', () => {
    const redactor = createRedactor(null)
    const throwing = Object.defineProperty(new Error('x'), 'name', {
      get() {
        throw new Error('no')
      },
    })
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    const causes = new Error('a')
    Object.defineProperty(causes, 'cause', { value: causes })
    for (const details of [throwing, loop, causes, null, 1n, Symbol('x'), () => 1, undefined])
      expect(JSON.stringify(describeDetails(details, redactor) ?? null).length).toBeLessThan(20_000)
  })
})

describe('S26 the file', () => {
  test('is one JSON document a line, for its owner alone', () => {
    const { log, read } = open()
    log.info('Started.', { version: '1' })
    log.warn('two\nlines')
    log.close()
    expect(
      read()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { time: '2026-01-02T03:04:05.000Z', level: 'info', message: 'Started.', details: { version: '1' } },
      { time: '2026-01-02T03:04:05.000Z', level: 'warn', message: 'two\nlines' },
    ])
    expect(statSync(join(directory, 'pail.log')).mode & 0o777).toBe(0o600)
  })

  test('of an older version is closed to others, and continued', () => {
    writeFileSync(join(directory, 'pail.log'), 'old\n')
    chmodSync(join(directory, 'pail.log'), 0o644)
    const { log, read } = open()
    log.info('new')
    log.close()
    expect(read()).toMatch(/^old\n\{/)
    expect(statSync(join(directory, 'pail.log')).mode & 0o777).toBe(0o600)
  })

  test('is rotated and bounded, whatever is written', () => {
    const { log } = open({ maxFileBytes: 1000, maxFiles: 3 })
    for (let line = 0; line < 200; line += 1) log.info('x'.repeat(300), { line })
    log.error(
      'y'.repeat(100_000),
      Array.from({ length: 1000 }, () => 'z'.repeat(5000)),
    )
    log.close()
    expect(readdirSync(directory).sort()).toEqual(['pail.1.log', 'pail.2.log', 'pail.log'])
    const bytes = readdirSync(directory).map((name) => statSync(join(directory, name)).size)
    expect(Math.max(...bytes)).toBeLessThan(17 * 1024)
    for (const name of readdirSync(directory))
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
  })

  test('writes no less than its level', () => {
    const { log, read } = open({ level: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.close()
    expect(read().trim().split('\n')).toHaveLength(1)
  })

  test('is never a link to somewhere else', () => {
    const target = join(directory, 'target')
    writeFileSync(target, '')
    mkdirSync(join(directory, 'logs'))
    symlinkSync(target, join(directory, 'logs', 'pail.log'))
    const { log, echoed } = open({ directory: join(directory, 'logs') })
    log.info('a')
    log.info('b')
    expect(readFileSync(target, 'utf8')).toBe('')
    // Told once, and the program goes on.
    expect(echoed.filter((line) => line.startsWith('The log cannot be written'))).toHaveLength(1)
  })

  test('S25 keeps what was made known as secret out from then on', () => {
    const { log, echoed, read } = open()
    log.addKnownSecret('correct horse battery')
    log.info('It was correct horse battery.', { a: { b: 'correct%20horse%20battery' } })
    log.close()
    expect(read() + echoed.join()).not.toMatch(/correct.{1,3}horse/)
  })
})

describe('S25 what nobody caught', () => {
  test('is logged, and the host is told', () => {
    const watched = new EventEmitter()
    const log = createLogDouble()
    let told = 0
    guardProcess(watched, log, () => (told += 1))
    const error = new Error('x')
    watched.emit('uncaughtException', error)
    watched.emit('unhandledRejection', error)
    expect(log.lines.map(({ level, details }) => [level, details])).toEqual([
      ['error', error],
      ['error', error],
    ])
    expect(told).toBe(1)
  })

  test('and what libraries print goes through the redactor', () => {
    const printed: unknown[][] = []
    const print = (...values: unknown[]): void => void printed.push(values)
    const target = { log: print, info: print, warn: print, error: print, debug: print }
    const redactor = createRedactor(null)
    redactor.addKnownSecret(canary)
    const restore = redactConsole(target, redactor)
    target.warn('warning', canary, sdkError(), { Authorization: canary })
    target.log(`Signature=${canary}`)
    restore()
    target.log('as before', canary)
    expect(inspect(printed.slice(0, 2), { depth: Infinity, showHidden: true })).not.toContain(canary)
    expect(printed[0]?.[0]).toBe('warning')
    expect(printed[2]).toEqual(['as before', canary])
  })
})
