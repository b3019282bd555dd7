import { describe, expect, test } from 'vitest'
import { exclusions } from '../../src-main/sync/local-files.ts'

describe('what a sync leaves out', () => {
  const plain = exclusions([])
  test.each([
    ['.git/', 'default'],
    ['.git/config', 'default'],
    ['sub/.git/config', 'default'],
    ['.gitlab-ci.yml', null],
    ['.env', 'default'],
    ['sub/.env.local', 'default'],
    ['.environment', 'default'],
    ['environment.js', null],
    ['.DS_Store', 'default'],
    ['sub/thumbs.db', 'default'],
    ['tls/cert.pem', 'default'],
    ['tls/CERT.PEM', 'default'],
    ['key.txt', null],
    ['my.key', 'default'],
    ['id_rsa', 'default'],
    ['id_rsa.pub', 'default'],
    ['.aws/config', 'default'],
    ['.ssh/known_hosts', 'default'],
    ['node_modules/', 'default'],
    ['a/node_modules/b/c.js', 'default'],
    ['node_modules.html', null],
    ['.well-known/acme', null],
    ['.htaccess', null],
  ])('%s: %s', (name, expected) => {
    expect(plain(name)).toBe(expected)
  })

  test('patterns add, and ! takes back what the defaults leave out', () => {
    const own = exclusions(['*.psd', '!server.pem', '!node_modules/', '/drafts/'])
    expect(own('img/a.psd')).toBe('pattern')
    expect(own('drafts/a.html')).toBe('pattern')
    expect(own('blog/drafts/a.html')).toBeNull()
    expect(own('server.pem')).toBeNull()
    expect(own('other.pem')).toBe('default')
    expect(own('node_modules/lib/a.js')).toBeNull()
    expect(own('node_modules/lib/.env')).toBe('default')
  })
})
