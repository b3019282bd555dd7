import { EventEmitter } from 'node:events'
import type { Session } from 'electron'
import { describe, expect, test } from 'vitest'
import { denyPermissions } from '../../src-main/electron/permissions.ts'
import { createSession, sessionPartition } from '../../src-main/electron/session.ts'

type Handler = (...args: unknown[]) => unknown

class SessionDouble extends EventEmitter {
  readonly handlers: Record<string, Handler> = {}
  readonly protocol = { handle: (scheme: string) => void this.handled.push(scheme) }
  readonly handled: string[] = []
  spellChecker: boolean | null = null
  setSpellCheckerEnabled = (enabled: boolean) => void (this.spellChecker = enabled)
  setPermissionRequestHandler = (handler: Handler) => void (this.handlers['request'] = handler)
  setPermissionCheckHandler = (handler: Handler) => void (this.handlers['check'] = handler)
  setDevicePermissionHandler = (handler: Handler) => void (this.handlers['device'] = handler)
  setDisplayMediaRequestHandler = (handler: Handler) => void (this.handlers['display'] = handler)
  setBluetoothPairingHandler = (handler: Handler) => void (this.handlers['bluetooth'] = handler)
}

function setUp() {
  const session = new SessionDouble()
  denyPermissions(session as unknown as Session)
  const request = (permission: string, requestingUrl: string, isMainFrame: boolean) => {
    let granted: unknown = null
    session.handlers['request']?.({}, permission, (answer: unknown) => (granted = answer), {
      requestingUrl,
      isMainFrame,
    })
    return granted
  }
  const check = (permission: string, origin: string, isMainFrame: boolean) =>
    session.handlers['check']?.({}, permission, origin, { isMainFrame })
  return { session, request, check }
}

const permissions = [
  'clipboard-read',
  'clipboard-sanitized-write',
  'media',
  'display-capture',
  'mediaKeySystem',
  'geolocation',
  'notifications',
  'midi',
  'midiSysex',
  'pointerLock',
  'fullscreen',
  'openExternal',
  'window-management',
  'unknown',
  'hid',
  'serial',
  'usb',
  'idle-detection',
  'speaker-selection',
  'storage-access',
  'keyboardLock',
  'top-level-storage-access',
  'fileSystem',
  'deprecated-sync-clipboard-read',
  'background-sync',
  'sensors',
]

describe('S3 permissions', () => {
  test.each(permissions)('%s', (permission) => {
    const { request, check } = setUp()
    const ours = permission === 'clipboard-sanitized-write'
    expect(request(permission, 'app://bundle/index.html', true)).toBe(ours)
    expect(check(permission, 'app://bundle/', true)).toBe(ours)
    for (const [url, main] of [
      ['app://bundle/index.html', false],
      ['app://bundle.evil/', true],
      ['https://example.com/', true],
      ['', true],
    ] as const) {
      expect(request(permission, url, main)).toBe(false)
      expect(check(permission, url === 'app://bundle/index.html' ? 'app://bundle' : url, main)).toBe(false)
    }
  })

  test('a check without a page is denied', () => {
    const { session } = setUp()
    expect(
      session.handlers['check']?.(null, 'clipboard-sanitized-write', 'app://bundle', { isMainFrame: true }),
    ).toBe(false)
  })

  test('no devices, no screen, no pairing', () => {
    const { session } = setUp()
    expect(session.handlers['device']?.({})).toBe(false)
    const answers: unknown[] = []
    session.handlers['display']?.({}, (streams: unknown) => answers.push(streams))
    session.handlers['bluetooth']?.({}, (answer: unknown) => answers.push(answer))
    expect(answers).toEqual([{}, { confirmed: false }])
    for (const [name, args] of [
      ['select-hid-device', [{}]],
      ['select-usb-device', [{}]],
      ['select-serial-port', [[], {}]],
    ] as const) {
      let prevented = false
      let answered: unknown = 'nothing'
      session.emit(name, { preventDefault: () => (prevented = true) }, ...args, (device: unknown) => {
        answered = device
      })
      expect(prevented).toBe(true)
      expect(answered || null).toBeNull()
    }
  })
})

test('S11 the session is in memory, without a cache, and serves nothing but the page', () => {
  const session = new SessionDouble()
  const asked: unknown[] = []
  createSession(
    {
      fromPartition: (partition, options) => {
        asked.push([partition, options])
        return session as unknown as Session
      },
    },
    '/page',
  )
  expect(asked).toEqual([[sessionPartition, { cache: false }]])
  expect(sessionPartition.startsWith('persist:')).toBe(false)
  expect(session.handled).toEqual(['app'])
  expect(Object.keys(session.handlers)).toContain('request')
  expect(session.spellChecker).toBe(false)
})
