import fc from 'fast-check'
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

  test('what was found out about a folder serves its other names, and no others', () => {
    const name = fc
      .array(fc.constantFrom('a', '.git', 'drafts', 'node_modules', '', 'a.pem'), {
        minLength: 1,
        maxLength: 4,
      })
      .chain((names) => fc.constantFrom('', '/').map((end) => names.join('/') + end))
      .filter((one) => one !== '')
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const asked = exclusions(['/drafts/', '!a.pem'])
        for (const one of names) expect(asked(one)).toBe(exclusions(['/drafts/', '!a.pem'])(one))
      }),
    )
  })

  test('an ignore file that is read in between counts for what is asked next', () => {
    const ignored = new Set<string>()
    const excludes = exclusions([], {
      get count() {
        return ignored.size
      },
      verdict: (name) => (ignored.has(name) ? true : null),
    })
    expect(excludes('drafts/a.html')).toBeNull()
    ignored.add('drafts/')
    expect(excludes('drafts/a.html')).toBe('ignore-file')
  })
})
