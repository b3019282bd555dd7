import { beforeEach, describe, expect, test } from 'vitest'
import type { AccessGate, AccessRequest } from '../../src-main/browser/access.ts'
import { createAccessGate } from '../../src-main/browser/access.ts'

const authority = '127.0.0.1:4567'
const origin = `http://${authority}`

let gate: AccessGate
beforeEach(() => {
  gate = createAccessGate(authority)
})

function decide(request: Partial<AccessRequest>, headers: AccessRequest['headers'] = {}) {
  return gate.decide({
    method: 'GET',
    path: '/',
    token: null,
    headers: { host: authority, ...headers },
    ...request,
  })
}

function signIn(): string {
  const access = decide({ token: gate.token })
  if (!access.granted || access.setCookie === null) throw new Error('the token was refused')
  return access.setCookie.split(';')[0] ?? ''
}

describe('the gate of the browser host', () => {
  test('nothing without the token or a session', () => {
    for (const path of ['/', '/index.html', '/bridge.js', '/events', '/assets/a.js', '/favicon.ico'])
      expect(decide({ path })).toMatchObject({ granted: false, status: 401 })
    expect(decide({ method: 'POST', path: '/api/listProfiles' }, { origin })).toMatchObject({ status: 401 })
  })

  test('the token works once, on the page alone, and gives a strict cookie that scripts cannot read', () => {
    expect(decide({ path: '/api/x', token: gate.token })).toMatchObject({ granted: false })
    expect(decide({ method: 'POST', token: gate.token }, { origin })).toMatchObject({ granted: false })
    const access = decide({ token: gate.token })
    expect(access).toMatchObject({ granted: true })
    expect(access.granted && access.setCookie).toMatch(
      /^pail-4567=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    expect(access.granted && access.setCookie).not.toContain(gate.token)
    expect(decide({ token: gate.token })).toMatchObject({ granted: false, status: 401 })
  })

  test.each(['', 'x', ' ', 'A'.repeat(43), 'undefined', 'null'])('the token %j is not the token', (token) => {
    expect(decide({ token })).toMatchObject({ granted: false, status: 401 })
    expect(decide({ token: gate.token })).toMatchObject({ granted: true })
  })

  test('a session opens everything, until the host ends', () => {
    const cookie = signIn()
    expect(decide({ path: '/events' }, { cookie })).toEqual({ granted: true, setCookie: null })
    expect(decide({ path: '/events' }, { cookie: `other=1; ${cookie}; more=2` })).toMatchObject({
      granted: true,
    })
    expect(decide({ method: 'POST', path: '/api/x' }, { cookie, origin })).toMatchObject({ granted: true })
    gate = createAccessGate(authority)
    expect(decide({ path: '/events' }, { cookie })).toMatchObject({ granted: false, status: 401 })
  })

  test.each([
    'pail-4567=',
    'pail-4567=x',
    `pail-4567=${'A'.repeat(43)}`,
    'pail-4567',
    '=',
    ';;;',
    'xpail-4567=1',
  ])('the cookie %j is no session', (cookie) => {
    signIn()
    expect(decide({ path: '/events' }, { cookie })).toMatchObject({ granted: false, status: 401 })
  })

  test.each([
    'localhost:4567',
    '127.0.0.1',
    '127.0.0.1:4568',
    'evil.example',
    'evil.example:4567',
    '127.0.0.1:4567.evil.example',
    '127.0.0.1.evil.example:4567',
    '[::1]:4567',
    '0.0.0.0:4567',
    '127.0.0.2:4567',
    '2130706433:4567',
    '127.0.0.1:4567:',
    'user@127.0.0.1:4567',
    '127.0.0.1:04567',
    ' 127.0.0.1:4567',
    '',
  ])('the host %j is refused even with a session (DNS rebinding)', (host) => {
    const cookie = signIn()
    expect(decide({}, { cookie, host })).toMatchObject({ granted: false, status: 421 })
    expect(decide({ token: gate.token }, { host })).toMatchObject({ granted: false, status: 421 })
  })

  test('a request without a host is refused', () => {
    const cookie = signIn()
    expect(gate.decide({ method: 'GET', path: '/', token: null, headers: { cookie } })).toMatchObject({
      status: 421,
    })
  })

  test.each([
    'https://evil.example',
    'http://localhost:4567',
    'http://127.0.0.1',
    'http://127.0.0.1:8080',
    'https://127.0.0.1:4567',
    'http://127.0.0.1:4567.evil.example',
    'http://127.0.0.1:4567/',
    'null',
    'file://',
    '',
  ])('the origin %j is refused even with a session', (other) => {
    const cookie = signIn()
    expect(decide({ method: 'POST', path: '/api/x' }, { cookie, origin: other })).toMatchObject({
      status: 403,
    })
    expect(decide({ path: '/events' }, { cookie, origin: other })).toMatchObject({
      granted: false,
      status: 403,
    })
  })

  test('a call that does not say its origin is refused', () => {
    const cookie = signIn()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(decide({ method, path: '/api/x' }, { cookie })).toMatchObject({ granted: false, status: 403 })
  })

  test('what another page embeds is refused, a link to the page is not', () => {
    const cookie = signIn()
    for (const site of ['cross-site', 'same-site'])
      for (const path of ['/bridge.js', '/events', '/index.html', '/assets/a.js'])
        expect(decide({ path }, { cookie, 'sec-fetch-site': site })).toMatchObject({
          granted: false,
          status: 403,
        })
    expect(decide({}, { cookie, 'sec-fetch-site': 'cross-site' })).toMatchObject({ granted: true })
    expect(decide({ path: '/events' }, { cookie, 'sec-fetch-site': 'same-origin' })).toMatchObject({
      granted: true,
    })
  })
})
