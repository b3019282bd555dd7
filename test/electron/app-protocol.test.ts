import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerPageRequest, pagePathOf, registerAppScheme } from '../../src-main/electron/app-protocol.ts'
import { readPageFile, resolvePagePath } from '../../src-main/page/page-file.ts'
import { contentSecurityPolicy } from '../../src-main/page/page-headers.ts'

let folder: string
let page: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-page-'))
  page = join(folder, 'page')
  await mkdir(join(page, 'assets'), { recursive: true })
  await writeFile(join(page, 'index.html'), '<p>page</p>')
  await writeFile(join(page, 'assets', 'index-AbC_1-2.js'), 'script')
  await writeFile(join(page, 'assets', 'index.css'), 'style')
  await writeFile(join(page, 'assets', 'notes.txt'), 'not of a build')
  await writeFile(join(folder, 'outside.js'), 'outside')
  await mkdir(join(folder, 'page-evil'))
  await writeFile(join(folder, 'page-evil', 'a.js'), 'outside')
  await symlink(join(folder, 'outside.js'), join(page, 'assets', 'link.js'))
  await symlink(folder, join(page, 'up'))
  await mkdir(join(page, 'folder.js'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const served: readonly [string, string][] = [
  ['app://bundle/', 'text/html; charset=utf-8'],
  ['app://bundle', 'text/html; charset=utf-8'],
  ['app://bundle/index.html', 'text/html; charset=utf-8'],
  ['app://bundle/index.html?query', 'text/html; charset=utf-8'],
  ['app://bundle/index.html#fragment', 'text/html; charset=utf-8'],
  ['app://bundle/assets/index-AbC_1-2.js', 'text/javascript; charset=utf-8'],
  ['app://bundle/assets/index.css', 'text/css; charset=utf-8'],
]

const refused: readonly string[] = [
  // out of the folder
  'app://bundle/../outside.js',
  'app://bundle/assets/../../outside.js',
  'app://bundle/..',
  'app://bundle/../',
  'app://bundle/.',
  'app://bundle/./index.html',
  'app://bundle/assets/./index.css',
  'app://bundle/assets/..',
  'app://bundle/...',
  'app://bundle/.../index.html',
  'app://bundle//index.html',
  'app://bundle//etc/passwd',
  'app://bundle///etc/passwd',
  'app://bundle/../page-evil/a.js',
  // the same, encoded
  'app://bundle/%2e%2e/outside.js',
  'app://bundle/%2E%2E/outside.js',
  'app://bundle/.%2e/outside.js',
  'app://bundle/%2e./outside.js',
  'app://bundle/%252e%252e/outside.js',
  'app://bundle/..%2foutside.js',
  'app://bundle/..%2Foutside.js',
  'app://bundle/assets%2f..%2f..%2foutside.js',
  'app://bundle/%c0%ae%c0%ae/outside.js',
  'app://bundle/%69ndex.html',
  // backslashes and drives
  'app://bundle/..\\outside.js',
  'app://bundle/..%5coutside.js',
  'app://bundle/..%5Coutside.js',
  'app://bundle/assets\\index.css',
  'app://bundle/C:/Windows/win.ini',
  'app://bundle/C:index.html',
  'app://bundle/C%3A/index.html',
  'app://bundle/index.html::$DATA',
  'app://bundle/\\\\server\\share\\a.js',
  // control characters, spaces, tricks at the end
  'app://bundle/index.html\0.js',
  'app://bundle/index.html%00.js',
  'app://bundle/index.html%0a',
  'app://bundle/index.html\n',
  'app://bundle/index.html%20',
  'app://bundle/index.html ',
  'app://bundle/index.html.',
  'app://bundle/index.html/',
  'app://bundle/index.js~',
  // fullwidth and other look-alikes
  'app://bundle/\uff0e\uff0e/outside.js',
  'app://bundle/assets\u2215index.css',
  // hidden, foreign and absent files, links, folders
  'app://bundle/.env',
  'app://bundle/assets/.hidden.js',
  'app://bundle/assets/notes.txt',
  'app://bundle/assets/link.js',
  'app://bundle/up/outside.js',
  'app://bundle/assets',
  'app://bundle/assets/',
  'app://bundle/folder.js',
  'app://bundle/missing.js',
  `app://bundle/${'a'.repeat(600)}.js`,
  // other hosts and schemes
  'app://other/index.html',
  'app://bundle.evil/index.html',
  'app://evil/bundle/index.html',
  'app://bundle@evil/index.html',
  'app://user@bundle/index.html',
  'app://bundle:80/index.html',
  'app:///index.html',
  'app:bundle/index.html',
  'file:///etc/passwd',
  'http://bundle/index.html',
]

describe('S5 the page', () => {
  test('has at least 60 vectors', () => expect(served.length + refused.length).toBeGreaterThanOrEqual(60))

  test.each(served)('%s is served', async (url, type) => {
    const response = await answerPageRequest(page, { method: 'GET', url })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
  })

  test.each(refused)('%j is refused', async (url) => {
    const response = await answerPageRequest(page, { method: 'GET', url })
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('Not found')
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT'])('%s is refused', (method) => {
    expect(pagePathOf(method, 'app://bundle/index.html')).toBeNull()
  })

  test('what the resolver lets through stays below the folder', () => {
    for (const url of [...served.map(([url]) => url), ...refused]) {
      const path = pagePathOf('GET', url)
      const relative = path === null ? null : resolvePagePath(path)
      if (relative !== null)
        expect(relative).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/)
    }
  })

  test('a page that was not built is a 404 and not an error', async () => {
    expect(await readPageFile(join(folder, 'nothing'), '/')).toBeNull()
  })

  test('the scheme is standard and secure, and has no other privilege', () => {
    const registered: unknown[] = []
    registerAppScheme({ registerSchemesAsPrivileged: (schemes) => void registered.push(...schemes) })
    expect(registered).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true } }])
  })
})

describe('S6 the policy', () => {
  test('is the checklist’s, word for word', () => {
    expect(contentSecurityPolicy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; " +
        "require-trusted-types-for 'script'; trusted-types",
    )
  })

  test.each([
    'app://bundle/',
    'app://bundle/assets/index-AbC_1-2.js',
    'app://bundle/missing.js',
    'app://evil/',
  ])('is on the response for %s, with nosniff and the opener policy', async (url) => {
    const { headers } = await answerPageRequest(page, { method: 'GET', url })
    expect(headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })
})
