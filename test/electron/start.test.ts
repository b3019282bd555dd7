import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { methodNames } from '../../src-preload/contract/methods.ts'
import { app, recorded } from './electron-double.ts'

const userData = mkdtempSync(join(tmpdir(), 'pail-start-'))
afterAll(() => rmSync(userData, { recursive: true, force: true }))

test('S2 S27 what must happen before the application is ready happens before, in order', async () => {
  process.env['PAIL_USER_DATA'] = userData
  process.env['AWS_ENDPOINT_URL_S3'] = 'https://evil.example'
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  await import('../../src-main/index.ts')
  const names = recorded.map(({ name }) => name)
  const ready = names.indexOf('app.whenReady')
  expect(ready).toBeGreaterThan(0)
  for (const name of [
    'app.requestSingleInstanceLock',
    'app.enableSandbox',
    'protocol.registerSchemesAsPrivileged',
  ])
    expect(names.slice(0, ready)).toContain(name)
  // The lock is per folder: the folder must be known first.
  expect(names.indexOf('app.setPath')).toBeLessThan(names.indexOf('app.requestSingleInstanceLock'))
  expect(names.indexOf('app.requestSingleInstanceLock')).toBeLessThan(names.indexOf('app.enableSandbox'))
  expect(recorded.filter(({ name }) => name === 'ipcMain.handle').map(({ args }) => args[0])).toEqual(
    methodNames,
  )
  expect(app.listenerCount('web-contents-created')).toBe(1)
  expect(app.listenerCount('second-instance')).toBe(1)
  expect(process.env['AWS_ENDPOINT_URL_S3']).toBeUndefined()
  expect(process.env['NODE_TLS_REJECT_UNAUTHORIZED']).toBeUndefined()
  expect(recorded).toContainEqual({ name: 'app.setPath', args: ['userData', userData] })
})
